import Wire

/// The three words on the screen of a machine that is not known, by which the operator adopts it.
///
/// The same at every boot, since they are made of the machine's evidence: 30 bits of the SHA-256 of its UUID, without
/// one of its card's address, without that of its serial. Take the evidence that `Identification.trusted` leaves:
/// clones and machines with one dongle would have the same words else. By chance any two of 10,000 machines have the
/// same with a probability of 4.6 %, a certain machine and another one with 1 in 107,000: ask for `candidates`, and
/// tell the operator all of them.
package struct MachineWords: Hashable, Sendable {
    /// Why a text is no three words.
    package enum Fault: Error, Hashable, Sendable {
        /// There are so many words instead of three.
        case count(Int)
        /// That word is in no machine's name; `meant` is the one that begins with the same four letters.
        case unknown(String, meant: String?)
    }

    /// Places in the list, ten bits each; the first word's on top.
    private let number: UInt32

    /// Nil when nothing of the evidence tells the machine from others.
    package init?(of evidence: Evidence) {
        // The kind of mark goes in too: no text of one kind is ever a text of another.
        let text =
            evidence.uuid.map { "uuid \($0)" } ?? evidence.card.map { "card \($0)" }
            ?? evidence.serial.map { "serial \($0)" }
        guard let text else { return nil }
        var hash = SHA256()
        let octets = Array(text.utf8)
        unsafe hash.update(octets.span.bytes)
        number = (UInt32(hash.digest.prefix(8), radix: 16) ?? 0) >> 2
    }

    /// Reads what the operator types: capitals or not, parted by blanks, hyphens or the like, each word or its first
    /// letters, four at least.
    package init(parsing text: String) throws(Fault) {
        let words = text.lowercased().split { !$0.isLetter }
        guard words.count == 3 else { throw .count(words.count) }
        var number: UInt32 = 0
        for word in words {
            let place = WordList.places[String(word.prefix(4))]
            guard let place, WordList.all[place].hasPrefix(word) else {
                throw .unknown(String(word), meant: place.map { WordList.all[$0] })
            }
            number = number << 10 | UInt32(place)
        }
        self.number = number
    }

    /// The three words.
    package var words: [String] {
        [20, 10, 0].map { (shift: UInt32) in WordList.all[Int(number >> shift & 0x3FF)] }
    }

    /// All of these machines that are called so: one, or by chance several, of which none must be adopted unasked.
    package func candidates(among machines: [Evidence]) -> [Evidence] {
        machines.filter { MachineWords(of: $0) == self }
    }
}

extension MachineWords: CustomStringConvertible {
    /// With hyphens, so that it is one word of a command line.
    package var description: String { words.joined(separator: "-") }
}

extension MachineWords.Fault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .count(let count): "a machine's name is three words, here are \(count)"
        case .unknown(let word, .some(let meant)): "no machine is called \"\(word)\"; perhaps \"\(meant)\""
        case .unknown(let word, nil) where word.count < 4: "\"\(word)\" is too short: each word needs four letters"
        case .unknown(let word, nil): "no machine is called \"\(word)\""
        }
    }
}
