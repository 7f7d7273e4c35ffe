/// A text of the settings with variables in it, `url=${base}/preseed.cfg`.
package struct VariableText: Hashable, Sendable {
    package enum Piece: Hashable, Sendable {
        case text(String)
        /// What stood between the braces.
        case variable(String)
    }

    /// As it was written.
    package let source: String
    package let pieces: [Piece]

    /// A `${` that nothing closes is text.
    package init(_ source: String) {
        self.source = source
        var pieces: [Piece] = []
        var rest = Substring(source)
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            if start.lowerBound > rest.startIndex { pieces.append(.text(String(rest[..<start.lowerBound]))) }
            pieces.append(.variable(String(rest[start.upperBound..<end])))
            rest = rest[rest.index(after: end)...]
        }
        if !rest.isEmpty { pieces.append(.text(String(rest))) }
        self.pieces = pieces
    }

    package var isEmpty: Bool { source.isEmpty }

    /// The names of its variables.
    package var variables: [String] {
        pieces.compactMap { piece in
            if case .variable(let name) = piece { name } else { nil }
        }
    }

    /// The text with each variable replaced.
    package func replacing(_ value: (String) -> String) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .variable(let name): value(name)
            }
        }.joined()
    }
}

/// What a variable of the settings means in every loader's language.
package enum BootVariable: String, Sendable, CaseIterable {
    /// Our address, as the client reaches us.
    case server
    /// What all our URLs begin with: `http://192.0.2.5`.
    case base
    /// The machine's hardware address: `52:54:00:12:34:56`, and with dashes.
    case mac
    case macDashed = "mac-dashed"
    /// The same as PXELINUX writes it, which installers look for: `01-52-54-00-12-34-56`.
    case bootif
    case ip
    case uuid
    case serial
    case hostname
    /// What all URLs of this machine's install begin with; `${install}/done` ends it. Without an install it has no value.
    case install
}
