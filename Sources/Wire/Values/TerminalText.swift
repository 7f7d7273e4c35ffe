extension String {
    /// The same, fit for a line on a terminal: what steers one, ends a line or hides in it stands there by its number.
    package var forTerminal: String {
        // Almost every text is as it should be.
        guard unicodeScalars.contains(where: Self.steers) else { return self }
        return unicodeScalars.map { Self.steers($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
    }

    private static func steers(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
