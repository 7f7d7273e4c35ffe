/// The one place that writes DHCP options.
package enum DHCPReplyWriter {
    /// The least a BOOTP message may be; some clients drop shorter ones (RFC 951 §3: 300 octets).
    static let smallestMessage = 300

    /// Writes `reply` into `writer`, which is cleared first.
    ///
    /// Order: 53 first (IBM and Nortel relays need it), then ascending, 82 last (RFC 3046 §2.2), then the end mark.
    ///
    /// - Returns: false when the reply is larger than the client takes, or the boot file's name than its field; nothing
    ///   may be sent then.
    package static func write(_ reply: DHCPReply, into writer: inout ByteWriter) -> Bool {
        writer.clear()
        guard reply.bootFile.utf8.count <= DHCPReply.longestBootFile else { return false }
        writeHeader(of: reply, into: &writer)
        head(.messageType, length: 1, into: &writer)
        writer.u8(reply.kind.rawValue)
        reply.vendorOptions.write(into: &writer)
        head(.serverIdentifier, length: 4, into: &writer)
        writer.u32(reply.serverIdentifier.value)
        text(.vendorClass, reply.vendorClass.text, into: &writer)
        writeNames(of: reply, into: &writer)
        writeEchoes(of: reply, into: &writer)
        writer.u8(DHCPOptionCode.end.rawValue)
        writer.pad(to: smallestMessage)
        return writer.count <= reply.sizeLimit
    }

    /// Options 66 and 67, where the header is not enough.
    private static func writeNames(of reply: DHCPReply, into writer: inout ByteWriter) {
        if reply.repeatsServerAsText {
            head(.serverName, length: 0, into: &writer)
            let start = writer.count
            writer.dottedQuad(reply.nextServer)
            writer.patch(u8: UInt8(writer.count - start), at: start - 1)
        }
        guard !reply.bootFile.isEmpty, reply.vendorClass == .http || !reply.fitsHeader else { return }
        // The NUL stands inside the length: EDK2 writes one past the option when it has none, and some firmware reads on
        // to the next octet.
        head(.bootFileName, length: reply.bootFile.utf8.count + 1, into: &writer)
        writer.append(reply.bootFile.utf8)
        writer.u8(0)
    }

    /// What the client, its loader or the relay gets back as it came, or reads beside the boot file.
    private static func writeEchoes(of reply: DHCPReply, into writer: inout ByteWriter) {
        if let machine = reply.machine {
            head(.machineIdentifier, length: 17, into: &writer)
            writer.u8(0)
            writer.u64(machine.high)
            writer.u64(machine.low)
        }
        if let priority = reply.ipxePriority {
            head(.ipxe, length: 4, into: &writer)
            writer.u8(IPXEOption.priority)
            writer.u8(1)
            writer.u8(priority)
            writer.u8(DHCPOptionCode.end.rawValue)
        }
        if !reply.configurationFile.isEmpty { text(.configurationFile, reply.configurationFile, into: &writer) }
        if !reply.pathPrefix.isEmpty { text(.pathPrefix, reply.pathPrefix, into: &writer) }
        if let information = reply.relayInformation {
            head(.relayAgentInformation, length: information.count, into: &writer)
            for index in 0..<information.count { writer.u8(information[index]) }
        }
    }

    private static func writeHeader(of reply: DHCPReply, into writer: inout ByteWriter) {
        writer.u8(2)
        writer.u8(reply.hardware.type)
        writer.u8(reply.hardware.length)
        writer.u8(0)
        writer.u32(reply.transaction)
        writer.u16(0)
        writer.u16(reply.flags)
        writer.u32(reply.clientAddress.value)
        writer.u32(0)  // yiaddr: the DHCP server's to give, never ours.
        writer.u32(reply.nextServer.value)
        writer.u32(reply.relayAddress.value)
        writer.u64(reply.hardware.high)
        writer.u64(reply.hardware.low)
        // sname repeats siaddr as text, for loaders that read it there.
        let name = writer.count
        if !reply.nextServer.isAny { writer.dottedQuad(reply.nextServer) }
        writer.pad(to: name + 64)
        writer.text(reply.fitsHeader ? reply.bootFile : "", paddedTo: 128)
        writer.u32(DHCPMessage.magicCookie)
    }

    private static func head(_ code: DHCPOptionCode, length: Int, into writer: inout ByteWriter) {
        precondition(length <= 255, "an option never needs more than one piece here")
        writer.u8(code.rawValue)
        writer.u8(UInt8(length))
    }

    private static func text(_ code: DHCPOptionCode, _ value: String, into writer: inout ByteWriter) {
        head(code, length: value.utf8.count, into: &writer)
        writer.append(value.utf8)
    }
}

extension DHCPReply {
    fileprivate var fitsHeader: Bool { bootFile.utf8.count <= Self.longestHeaderFile }
}
