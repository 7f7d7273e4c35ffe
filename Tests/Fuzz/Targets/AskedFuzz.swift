import Wire

@testable import Console
@testable import HTTPEngine
@testable import LinuxIO

/// What strangers ask by HTTP, and operators at the control socket.
enum AskedFuzz {
    /// A target, a file's size and a `Range` for it, by HTTP; then the same target as the control API takes it apart.
    static func run(request octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let size = Int64(choices.word()) << Int64(choices.next() % 16)
        let range = String(decoding: choices.take(Int(choices.next())), as: UTF8.self)
        ranges(range, size, &complaints)
        let text = String(decoding: choices.remainder(), as: UTF8.self)
        if let target = RequestTarget(text) {
            complaints.demand(target.path.first == UInt8(ascii: "/"), "a path without a root")
            complaints.demand(target.path.count <= max(text.utf8.count, 1), "a path longer than its target")
        }
        words(text, &complaints)
    }

    private static func ranges(_ field: String, _ size: Int64, _ complaints: inout Complaints) {
        guard case .parts(let parts) = RangeRequest(field, size: size) else { return }
        complaints.demand((1...RangeRequest.most).contains(parts.count), "\(parts.count) parts")
        for (number, part) in parts.enumerated() {
            complaints.demand(
                !part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size, "a part outside of the file")
            for other in parts[..<number] {
                let gap = max(part.lowerBound - other.upperBound, other.lowerBound - part.upperBound)
                complaints.demand(gap >= RangeRequest.leastGap, "parts that touch")
            }
        }
    }

    private static func words(_ text: String, _ complaints: inout Complaints) {
        let parts = RequestText.parts(of: text) ?? []
        let values = (RequestText.parameters(of: text) ?? [:]).flatMap { [$0.key, $0.value] }
        // Each word is held against each kind, which takes its time.
        for word in parts.prefix(2) + values.prefix(2) + [text] {
            for kind in RequestWord.allCases where kind.fits(word) {
                complaints.demand(
                    !word.isEmpty && word.utf8.allSatisfy { (0x21...0x7E).contains($0) } && !word.hasPrefix("+"),
                    "\(kind.rawValue) is more than one word: \(word)")
            }
        }
    }

    /// A question at the control socket, in pieces as the first octets say, and in one.
    static func run(question octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let steps = (0..<4).map { _ in Int(choices.next()) + 1 }
        let said = choices.remainder()
        var whole = ControlQuestionReader()
        let reading = said.isEmpty ? .incomplete : whole.take(said)
        complaints.demand(whole.count <= said.count, "more is held than was said")
        var pieces = ControlQuestionReader()
        var (place, number) = (0, 0)
        var inPieces = ControlQuestionReader.Reading.incomplete
        while place < said.count, inPieces == .incomplete {
            let end = min(place + steps[number % steps.count], said.count)
            inPieces = pieces.take(said[place..<end])
            (place, number) = (end, number + 1)
        }
        switch reading {
        case .incomplete: complaints.demand(inPieces == .incomplete, "in pieces it is \(inPieces)")
        case .whole: complaints.demand(inPieces == reading && place == said.count, "in pieces it is \(inPieces)")
        // What goes on behind a question may come too late to spoil it.
        case .refused: complaints.demand(inPieces != .incomplete, "in pieces it is not refused")
        }
        guard case .whole(let question) = reading else { return }
        complaints.demand(!question.line.utf8.contains(UInt8(ascii: "\n")), "a line of several")
        let ends =
            question.attachment.isEmpty ? said.count >= question.line.utf8.count : said.ends(with: question.attachment)
        complaints.demand(said.starts(with: question.line.utf8) && ends, "something else was said")
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
