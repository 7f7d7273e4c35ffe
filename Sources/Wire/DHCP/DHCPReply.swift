/// Everything a proxy may say to a client.
///
/// There is no `yiaddr` here, no lease time, no router and no DNS server: what the type cannot hold cannot be sent.
package struct DHCPReply: Equatable, Sendable {
    /// OFFER answers on port 67, ACK on port 4011 (PXE 2.1 §2.2).
    package enum Kind: UInt8, Sendable {
        case offer = 2
        case acknowledge = 5
    }

    package var kind: Kind
    package var transaction: UInt32
    package var flags: UInt16
    package var hardware: ClientHardware
    /// `ciaddr`: zero in an OFFER, the client's own on port 4011.
    package var clientAddress: IPv4Address
    /// `siaddr`: where the boot file is.
    package var nextServer: IPv4Address
    /// `giaddr`, copied.
    package var relayAddress: IPv4Address
    /// Option 54: the proxy itself.
    package var serverIdentifier: IPv4Address
    /// Option 60: the class answered.
    package var vendorClass: ClientClass
    /// `file`: at most 127 octets.
    package var bootFile: String
    /// Option 97, echoed.
    package var machine: MachineUUID?
    /// Option 43, with its end mark; at most 255 octets.
    package var vendorOptions: [UInt8]
    /// Option 175, with its end mark.
    package var ipxeOptions: [UInt8]
    /// Option 82, copied last (RFC 3046 §2.2).
    package var relayInformation: ShortBytes?
    /// The most octets of UDP payload that the client takes.
    package var sizeLimit: Int

    package init(kind: Kind, transaction: UInt32, hardware: ClientHardware, serverIdentifier: IPv4Address) {
        self.kind = kind
        self.transaction = transaction
        self.hardware = hardware
        self.serverIdentifier = serverIdentifier
        flags = 0
        clientAddress = .any
        nextServer = .any
        relayAddress = .any
        vendorClass = .pxe
        bootFile = ""
        machine = nil
        vendorOptions = []
        ipxeOptions = []
        relayInformation = nil
        sizeLimit = Self.smallestSizeLimit
    }

    /// What every client takes: a 576-octet IP packet less its headers (RFC 2131 §2).
    package static let smallestSizeLimit = 548
    /// What EDK2 takes at most, and what one Ethernet frame holds.
    package static let largestSizeLimit = 1472
    /// The longest name that `file` holds with its NUL.
    package static let longestBootFile = 127
}

/// The two kinds of client that ask for a boot, by the first octets of option 60.
package enum ClientClass: Sendable {
    case pxe
    case http

    /// What stands in option 60 of a reply: exactly this, no NUL, no suffix.
    package var text: String {
        switch self {
        case .pxe: "PXEClient"
        case .http: "HTTPClient"
        }
    }
}
