/// What a caller asks at the control socket.
package struct ControlQuestion: Equatable, Sendable {
    package var line: String
    package var attachment: String

    package init(line: String, attachment: String = "") {
        self.line = line
        self.attachment = attachment
    }
}

/// Puts a question together from the pieces in which it comes.
struct ControlQuestionReader {
    /// What there is so far.
    enum Reading: Equatable {
        case incomplete
        case whole(ControlQuestion)
        /// It is too long, no UTF-8, or more came than was announced.
        case refused
    }

    /// Octets of the longest line, its end counted, and of the most behind it.
    static let longestLine = 65_536
    static let longestAttachment = 64 << 20

    /// A line that announces something behind it.
    private struct Head {
        var line: String
        var size: Int
    }

    /// Octets of the line, and behind it those of the attachment.
    private var octets: [UInt8] = []
    private var head: Head?

    /// Octets that are held.
    var count: Int { octets.count }

    /// Whether something of a question has come.
    var hasBegun: Bool { head != nil || !octets.isEmpty }

    /// Takes the next piece; not to be asked again once it has said that the question is whole, or refused.
    mutating func take(_ piece: some Collection<UInt8>) -> Reading {
        let known = octets.count
        octets += piece
        if let head { return attachment(behind: head) }
        guard let end = octets[known...].firstIndex(of: UInt8(ascii: "\n")) else {
            return octets.count < Self.longestLine ? .incomplete : .refused
        }
        guard end < Self.longestLine, let line = String(validating: octets[..<end], as: UTF8.self) else {
            return .refused
        }
        octets.removeFirst(end + 1)
        guard let mark = line.lastIndex(of: " "), line[mark...].hasPrefix(" +"),
            let size = Int(line[mark...].dropFirst(2))
        else { return octets.isEmpty ? .whole(ControlQuestion(line: line)) : .refused }
        guard (0...Self.longestAttachment).contains(size) else { return .refused }
        let head = Head(line: String(line[..<mark]), size: size)
        self.head = head
        return attachment(behind: head)
    }

    private func attachment(behind head: Head) -> Reading {
        guard octets.count >= head.size else { return .incomplete }
        guard octets.count == head.size, let text = String(validating: octets, as: UTF8.self) else { return .refused }
        return .whole(ControlQuestion(line: head.line, attachment: text))
    }
}
