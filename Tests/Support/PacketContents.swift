package import Wire

/// A DHCP message as `DHCPMessage` reads it, copied out so that a test can keep and compare it.
package struct PacketContents: Equatable, Sendable {
    package let octets: [UInt8]
    package let isRequest: Bool
    package let hops: UInt8
    package let transaction: UInt32
    package let flags: UInt16
    package let clientAddress: IPv4Address
    package let yourAddress: IPv4Address
    package let serverAddress: IPv4Address
    package let relayAddress: IPv4Address
    package let hardware: ClientHardware
    package let type: DHCPMessageType?
    /// The options' codes in wire order, and their values.
    package private(set) var order: [UInt8] = []
    private var values: [UInt8: [UInt8]] = [:]

    package init(_ octets: [UInt8]) throws(DecodeError) {
        let message = try DHCPMessage(octets.span.bytes)
        self.octets = octets
        isRequest = message.isRequest
        hops = message.hops
        transaction = message.transaction
        flags = message.flags
        clientAddress = message.clientAddress
        yourAddress = message.yourAddress
        serverAddress = message.serverAddress
        relayAddress = message.relayAddress
        hardware = message.hardware
        type = message.type
        var cursor = OptionCursor(octets.span.bytes.extracting(DHCPMessage.headerLength..<octets.count))
        while let option = cursor.next() {
            order.append(option.code.rawValue)
        }
        for code in Set(order) {
            guard case .present(let value) = message.value(of: DHCPOptionCode(code)) else { continue }
            values[code] = value.array
        }
    }

    /// The value of an option, or nil.
    package subscript(code: UInt8) -> [UInt8]? { values[code] }

    /// The value of an option as text, or nil.
    package func text(_ code: UInt8) -> String? { values[code].map { String(decoding: $0, as: UTF8.self) } }

    package var serverName: String { Self.text(octets[44..<108]) }
    package var file: String { Self.text(octets[108..<236]) }

    private static func text(_ field: ArraySlice<UInt8>) -> String {
        String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
    }
}
