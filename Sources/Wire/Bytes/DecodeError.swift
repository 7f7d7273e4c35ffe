/// Why bytes from the wire mean nothing to us.
///
/// These are values, not accidents: a malformed packet is expected on any network and costs one counter.
package enum DecodeError: Error, Equatable, Sendable {
    /// The bytes end before the structure does; both numbers are octets.
    case truncated(needed: Int, have: Int)
    /// A field holds a value that the protocol does not allow.
    case invalid(field: StaticName, value: Int)
}

/// A name fixed at compile time, so that raising an error never allocates text.
package struct StaticName: Equatable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    private let text: StaticString

    package init(stringLiteral value: StaticString) {
        text = value
    }

    package var description: String { text.description }

    package static func == (left: StaticName, right: StaticName) -> Bool {
        left.description == right.description
    }
}

extension DecodeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated(let needed, let have): "needs \(needed) octets, has \(have)"
        case .invalid(let field, let value): "\(field) has the value \(value), which is not allowed"
        }
    }
}
