/// Writes the two replies of a TFTP server that are not file contents.
package enum TFTPReplyWriter {
    /// The most text of an ERROR, in octets: firmware prints it on one line.
    package static let longestText = 80

    /// Writes an OACK with the options that are not nil (RFC 2347).
    ///
    /// Plain decimal, and nothing after the last NUL: Cisco and U-Boot reject trailing octets, EDK2 any option that it
    /// did not ask for.
    package static func optionAcknowledge(_ options: TransferOptions, into writer: inout ByteWriter) {
        writer.u16(TFTPOpcode.optionAcknowledge.rawValue)
        pair("blksize", options.blockSize, &writer)
        pair("tsize", options.transferSize, &writer)
        pair("timeout", options.timeout, &writer)
        pair("windowsize", options.windowSize, &writer)
        pair("rollover", options.rollover?.rawValue, &writer)
    }

    /// Writes an ERROR (RFC 1350 §5).
    ///
    /// - Parameter text: cut at `longestText` octets; what is not printable ASCII becomes `?`, for firmware prints it raw.
    package static func error(_ code: TFTPErrorCode, text: String, into writer: inout ByteWriter) {
        writer.u16(TFTPOpcode.error.rawValue)
        writer.u16(code.rawValue)
        for octet in text.utf8.prefix(longestText) {
            writer.u8(0x20..<0x7F ~= octet ? octet : 0x3F)
        }
        writer.u8(0)
    }

    /// Octets of an ERROR with this text.
    package static func errorOctets(_ text: String) -> Int { 2 + 2 + min(text.utf8.count, longestText) + 1 }

    static func pair(_ name: String, _ value: (some BinaryInteger)?, _ writer: inout ByteWriter) {
        guard let value else { return }
        writer.append(name.utf8)
        writer.u8(0)
        writer.append(String(value).utf8)
        writer.u8(0)
    }
}
