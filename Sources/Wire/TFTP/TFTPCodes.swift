/// The first two octets of every TFTP packet (RFC 1350 §5, RFC 2347).
package enum TFTPOpcode: UInt16, Sendable {
    case readRequest = 1
    case writeRequest = 2
    case data = 3
    case acknowledge = 4
    case error = 5
    case optionAcknowledge = 6
}

/// The number in an ERROR packet (RFC 1350 §5; 8 is of RFC 2347).
package enum TFTPErrorCode: UInt16, Sendable {
    /// Not defined: the text says what.
    case undefined = 0
    case fileNotFound = 1
    case accessViolation = 2
    /// Clients send it: the file is larger than they can take (shim, EDK2).
    case diskFull = 3
    case illegalOperation = 4
    case unknownTransfer = 5
    case fileExists = 6
    case noSuchUser = 7
    /// "Option negotiation refused"; EDK2 also ends its size probe with it.
    case optionsRefused = 8
}
