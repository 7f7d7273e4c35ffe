package import Wire

/// What a server's OFFER or ACK says, as far as any firmware looks at it. Whoever sent it: the DHCP server, another
/// proxy, or we ourselves.
///
/// Reading one allocates nothing.
package struct ObservedOffer: Equatable, Sendable {
    /// Whom the message is for, by the first octets of option 60.
    package enum Class: Equatable, Sendable {
        /// No option 60: an ordinary DHCP server.
        case none
        case pxe
        case http
        /// Something else, which no network-boot client looks at.
        case other
    }

    /// OFFER or ACK.
    package var type: DHCPMessageType
    package var transaction: UInt32
    package var hardware: ClientHardware
    package var source: Endpoint
    /// When it was heard.
    package var arrival: Instant
    /// Option 54.
    package var serverIdentifier: IPv4Address?
    /// `yiaddr`: the address leased; 0.0.0.0 from a proxy.
    package var address: IPv4Address
    /// `siaddr`.
    package var nextServer: IPv4Address
    /// The name in `file`; empty when option 52 says that the field holds options.
    package var headerFile: ShortBytes
    /// Option 67 up to its first NUL.
    package var fileOption: ShortBytes
    /// Option 66 up to its first NUL.
    package var serverNameOption: ShortBytes
    /// Option 60 as it came.
    package var vendorClass: ShortBytes
    /// Option 43.
    package var vendor: VendorOptions
    /// 175.1: the priority of what this message says in an iPXE, -128...127.
    package var ipxePriority: Int8
    /// 175.176: an iPXE shall not listen to any proxy.
    package var forbidsProxies: Bool
    /// Option 6, which UEFI HTTP Boot needs for a URL with a name.
    package var namesDNSServer: Bool
    /// Option 52: bit 0 when `file`, bit 1 when `sname` holds options.
    package var overload: UInt8
    /// Whether the options are closed by 255; EDK2 takes nothing else.
    package var hasEndMark: Bool
    /// The first option whose length EDK2 finds wrong; it then drops the whole message.
    package var illegalOption: DHCPOptionCode?
    /// Option 67 has no NUL and stands right before the end mark, over which EDK2 then writes one.
    package var losesEndMark: Bool
}

extension ObservedOffer {
    /// Reads an OFFER or ACK; nil for anything else.
    ///
    /// - Parameters:
    ///   - message: the view of `datagram`.
    ///   - datagram: the octets that `message` was made of.
    ///   - arrival: when it was heard.
    package init?(_ message: borrowing DHCPMessage, datagram: RawSpan, source: Endpoint, at arrival: Instant) {
        guard !message.isRequest, let type = message.type, type == .offer || type == .acknowledge else { return nil }
        let options = datagram.extracting(DHCPMessage.headerLength..<datagram.byteCount)
        let ipxe = message.value(of: .ipxe).bytes
        self.type = type
        transaction = message.transaction
        hardware = message.hardware
        self.source = source
        self.arrival = arrival
        serverIdentifier = message.address(of: .serverIdentifier)
        address = message.yourAddress
        nextServer = message.serverAddress
        overload = message.overload
        headerFile = overload & 1 == 0 ? Self.text(datagram.extracting(108..<236)) : ShortBytes()
        fileOption = message.value(of: .bootFileName).bytes.upToNUL
        serverNameOption = message.value(of: DHCPOptionCode(66)).bytes.upToNUL
        vendorClass = message.value(of: .vendorClass).bytes
        vendor = VendorOptions(message.value(of: .vendorSpecific).bytes)
        ipxePriority = ipxe.suboption(IPXEOption.priority).flatMap { $0.isEmpty ? nil : Int8(bitPattern: $0[0]) } ?? 0
        forbidsProxies = ipxe.suboption(Self.noProxies).map { !$0.isEmpty && $0[0] != 0 } ?? false
        namesDNSServer = message.value(of: DHCPOptionCode(6)) != .absent
        (hasEndMark, illegalOption) = Self.walk(options)
        losesEndMark = Self.losesEndMark(options)
    }

    /// 175.176, "no-pxedhcp" (iPXE: src/include/ipxe/dhcp.h).
    private static let noProxies: UInt8 = 0xB0

    /// A NUL-terminated field of the header.
    private static func text(_ field: RawSpan) -> ShortBytes {
        var copy = ShortBytes()
        // A header field is at most 128 octets, so it always fits.
        _ = copy.append(field)
        return copy.upToNUL
    }

    /// Looks for the end mark and for the lengths that EDK2 insists on (Dhcp4Option.c).
    private static func walk(_ options: RawSpan) -> (hasEnd: Bool, illegal: DHCPOptionCode?) {
        var illegal: DHCPOptionCode?
        var offset = 0
        while offset < options.byteCount {
            let code = DHCPOptionCode(options.octet(at: offset))
            if code == .end { return (true, illegal) }
            if code == .pad {
                offset += 1
                continue
            }
            guard offset + 1 < options.byteCount else { return (false, illegal) }
            let length = Int(options.octet(at: offset + 1))
            guard offset + 2 + length <= options.byteCount else { return (false, illegal) }
            if illegal == nil, !isLegal(code, length) { illegal = code }
            offset += 2 + length
        }
        return (false, illegal)
    }

    /// Whether the octet behind an option 67 without NUL is the end mark (PxeBcDhcp4.c and HttpBootDhcp4.c terminate the
    /// name in place).
    private static func losesEndMark(_ options: RawSpan) -> Bool {
        var cursor = OptionCursor(options)
        var end = 0
        while let option = cursor.next() {
            end = options.byteCount - cursor.remaining
            guard option.code == .bootFileName else { continue }
            let length = option.value.byteCount
            guard length > 0, option.value.octet(at: length - 1) != 0, end < options.byteCount else { continue }
            return options.octet(at: end) == DHCPOptionCode.end.rawValue
        }
        return false
    }

    private static func isLegal(_ code: DHCPOptionCode, _ length: Int) -> Bool {
        switch code.rawValue {
        case 1, 2, 50, 51, 54, 58, 59: length == 4
        case 3...11, 41, 42, 44, 45: length > 0 && length % 4 == 0
        case 52, 53: length == 1
        case 13, 57: length == 2
        case 61: length >= 2
        default: true
        }
    }
}

extension ObservedOffer {
    package var clientClass: Class {
        if vendorClass.starts(with: "PXEClient") { return .pxe }
        if vendorClass.starts(with: "HTTPClient") { return .http }
        return vendorClass.isEmpty ? .none : .other
    }

    /// The server as it calls itself, else where the message came from.
    package var server: IPv4Address { serverIdentifier ?? source.address }

    /// A message that gives no address: a proxy's.
    package var isProxy: Bool { address.isAny }

    /// An answer of a boot service: from port 4011, or to a boot item that was asked for on port 67. (dnsmasq moves the
    /// client's address into `yiaddr` there, so the absence of a lease does not tell.)
    package var isBootService: Bool {
        let isForBoot = clientClass == .pxe || clientClass == .http
        return type == .acknowledge && (source.port == 4011 || vendor.bootItem != nil || (isProxy && isForBoot))
    }

    /// A message about booting and no lease. (An ACK of port 4011 may hold the client's address in yiaddr: dnsmasq.)
    var saysBootOnly: Bool { isProxy || isBootService }

    /// Whether another proxy has answered a client of ours: it says what the client's option 60 said.
    ///
    /// - Parameter classes: beginnings of option 60 that are served beside the two usual ones.
    package func isRival(classes: [String]) -> Bool {
        isProxy && ClientClass(vendorClass, classes: classes) != nil
    }

    /// A DHCP server's answer to an INFORM, which gives no address either (RFC 2131 §4.3.5): of no use to a boot.
    package var answersInform: Bool { type == .acknowledge && isProxy && !isBootService }

    /// The boot file's name, option 67 before the header, as EDK2 reads it.
    package var fileByOption: String? { Self.name(fileOption) ?? Self.name(headerFile) }

    /// The boot file's name, the header before option 67, as iPXE and most loaders read it.
    package var fileByHeader: String? { Self.name(headerFile) ?? Self.name(fileOption) }

    /// The boot file's name in the header, for what reads nothing else (shim, U-Boot).
    package var fileInHeader: String? { Self.name(headerFile) }

    /// Header and option 67 name different files.
    package var namesTwoFiles: Bool { !headerFile.isEmpty && !fileOption.isEmpty && headerFile != fileOption }

    /// `siaddr`, or option 54 when it is zero: where EDK2 goes on.
    package var nextServerOrIdentifier: IPv4Address { nextServer.isAny ? server : nextServer }

    private static func name(_ octets: ShortBytes) -> String? {
        octets.isEmpty ? nil : octets.printable
    }
}

extension ShortBytes {
    var upToNUL: ShortBytes {
        for index in 0..<count where self[index] == 0 { return slice(from: 0, count: index) }
        return self
    }

    /// Text for people: printable ASCII as it is, everything else as `\xNN`.
    package var printable: String {
        var text = ""
        for index in 0..<count {
            let octet = self[index]
            if (0x20..<0x7F).contains(octet) {
                text.unicodeScalars.append(Unicode.Scalar(octet))
            } else {
                text += "\\x" + hex(octet)
            }
        }
        return text
    }
}
