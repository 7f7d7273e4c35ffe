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
        option(.messageType, [reply.kind.rawValue], into: &writer)
        if !reply.vendorOptions.isEmpty {
            option(.vendorSpecific, reply.vendorOptions, into: &writer)
        }
        option(.serverIdentifier, reply.serverIdentifier.octets, into: &writer)
        option(.vendorClass, Array(reply.vendorClass.text.utf8), into: &writer)
        if let machine = reply.machine {
            writer.u8(DHCPOptionCode.machineIdentifier.rawValue)
            writer.u8(17)
            writer.u8(0)
            writer.u64(machine.high)
            writer.u64(machine.low)
        }
        if !reply.ipxeOptions.isEmpty {
            option(.ipxe, reply.ipxeOptions, into: &writer)
        }
        if let information = reply.relayInformation {
            option(.relayAgentInformation, information.array, into: &writer)
        }
        writer.u8(DHCPOptionCode.end.rawValue)
        writer.pad(to: smallestMessage)
        return writer.count <= reply.sizeLimit
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
        writer.text(reply.nextServer.isAny ? "" : reply.nextServer.description, paddedTo: 64)
        writer.text(reply.bootFile, paddedTo: 128)
        writer.u32(DHCPMessage.magicCookie)
    }

    private static func option(_ code: DHCPOptionCode, _ value: [UInt8], into writer: inout ByteWriter) {
        precondition(value.count <= 255, "an option never needs more than one piece here")
        writer.u8(code.rawValue)
        writer.u8(UInt8(value.count))
        writer.append(value)
    }
}
