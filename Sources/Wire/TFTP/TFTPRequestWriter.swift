/// Writes what a client sends first.
package enum TFTPRequestWriter {
    /// The longest request that every server takes, in octets (RFC 2347).
    package static let longest = 512

    /// Writes a read request in octet mode with the options that are not nil (RFC 1350 §5, RFC 2347).
    ///
    /// - Parameter name: without NUL; a name with one would end there.
    package static func read(name: [UInt8], options: TransferOptions, into writer: inout ByteWriter) {
        writer.u16(TFTPOpcode.readRequest.rawValue)
        writer.append(name)
        writer.u8(0)
        writer.append("octet".utf8)
        writer.u8(0)
        TFTPReplyWriter.pair("blksize", options.blockSize, &writer)
        TFTPReplyWriter.pair("tsize", options.transferSize, &writer)
        TFTPReplyWriter.pair("timeout", options.timeout, &writer)
        TFTPReplyWriter.pair("windowsize", options.windowSize, &writer)
    }
}
