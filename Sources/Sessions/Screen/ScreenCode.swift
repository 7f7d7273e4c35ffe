/// What a machine shows on its screen when a boot fails: codes of boot ROMs, of UEFI, of iPXE, and sentences of loaders.
package struct ScreenCode: Sendable, Equatable {
    /// As it stands on the screen.
    package var code: String
    /// One line.
    package var meaning: String
    /// What usually is behind it on networks like ours.
    package var cause: String
    /// What to do.
    package var action: String

    init(_ code: String, _ meaning: String, _ cause: String, _ action: String) {
        self.code = code
        self.meaning = meaning
        self.cause = cause
        self.action = action
    }

    /// A paragraph, for `pilotfish explain`.
    package var explanation: String { [cause, action].filter { !$0.isEmpty }.joined(separator: " ") }

    /// Looks up what somebody read from a screen: `PXE-E53`, `https://ipxe.org/2d0c618e`, the number of an error alone, or a
    /// part of a sentence.
    ///
    /// - Returns: nothing for what is not known; a code of PXE that two makers use differently comes twice.
    package static func find(_ text: String) -> [ScreenCode] {
        let words = text.uppercased()
        if let code = pxeCode(words) {
            let known = all.filter { $0.code == code }
            if !known.isEmpty || words.hasPrefix("PXE-") { return known }
        }
        if let code = iPXE(text) { return [code] }
        // A sentence of a loader: enough of it to be that one.
        guard text.count >= 8 else { return [] }
        return loaders.filter { $0.code.uppercased().contains(words) || words.contains($0.code.uppercased()) }
    }

    /// All that are listed; those of iPXE are composed when they are looked up, from what and where.
    package static var all: [ScreenCode] { roms + uefi + loaders }

    /// `PXE-E53` of a line such as `PXE-E53: No boot filename received`.
    private static func pxeCode(_ text: String) -> String? {
        guard let start = text.firstRange(of: "PXE-") else { return nil }
        let digits = text[start.upperBound...].prefix { $0.isLetter || $0.isNumber }
        return "PXE-" + digits
    }
}
