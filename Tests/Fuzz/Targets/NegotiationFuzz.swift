import Transfers
import Wire

/// A request with any octets for options, from those to the OACK's, beside a naive reading of the same octets.
enum NegotiationFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        var choices = Choices(octets)
        let habits = choices.next()
        let limits = TransferLimits(
            pathMTU: [576, 1500, 9000, 65_535][Int(habits & 3)], windowSize: 1 << Int(habits >> 2 & 7),
            rollover: habits & 32 == 0 ? .toZero : .toOne)
        let size: Int64? = habits & 64 == 0 ? nil : Int64(choices.next()) << 26
        let rest = choices.remainder()
        let datagram = [0, 1, 0x66, 0] + Array("octet".utf8) + [0] + rest
        guard let request = try? ReadRequest(datagram.span.bytes) else {
            return complaints.add(["a sound request was refused"])
        }
        let negotiated = Negotiated(request.options, limits: limits, size: size)
        let asked = naivePairs(rest)
        guard let answer = negotiated.optionAck(size: size ?? 0) else {
            complaints.demand(!negotiated.needsOptionAck, "an OACK is due and there is none")
            return complaints.demand(
                negotiated.blockSize == 512 && negotiated.windowSize == 1, "a habit that nobody was told of")
        }
        var writer = ByteWriter()
        TFTPReplyWriter.optionAcknowledge(answer, into: &writer)
        complaints.demand(writer.bytes.starts(with: [0, 6]) && writer.bytes.last == 0, "an OACK without its frame")
        complaints.demand(writer.count <= 512, "an OACK of \(writer.count) octets")
        check(naivePairs(Array(writer.bytes.dropFirst(2))), asked, size, &complaints)
    }

    private typealias Pair = (name: String, value: String)

    /// Whole pairs of strings, the names in small letters; what is no UTF-8 is no option of ours.
    private static func naivePairs(_ octets: [UInt8]) -> [Pair] {
        var strings = octets.split(separator: 0, omittingEmptySubsequences: false)
        // Behind the last NUL stands nothing, or what does not end.
        strings.removeLast()
        return stride(from: 0, to: strings.count - 1, by: 2).map { index in
            let name = strings[index].map { (0x41...0x5A).contains($0) ? $0 + 32 : $0 }
            return (String(decoding: name, as: UTF8.self), String(decoding: strings[index + 1], as: UTF8.self))
        }
    }

    /// RFC 2347: nothing that was not asked for; RFC 2348, 2349, 7440: nothing larger than asked, or other than asked.
    private static func check(_ answer: [Pair], _ asked: [Pair], _ size: Int64?, _ complaints: inout Complaints) {
        complaints.demand(Set(answer.map(\.name)).count == answer.count, "an option twice")
        for (name, value) in answer {
            guard let question = asked.first(where: { $0.name == name }) else {
                complaints.add(["\(name), which nobody asked for"])
                continue
            }
            let wished = Int64(question.value.drop { $0 == " " }) ?? -1
            let granted = Int64(value) ?? -1
            complaints.demand("\(granted)" == value && wished >= 0, "\(name)=\(value) for \(question.value)")
            switch name {
            case "blksize": complaints.demand((8...wished).contains(granted), "blksize \(granted) for \(wished)")
            case "windowsize": complaints.demand((1...wished).contains(granted), "window \(granted) for \(wished)")
            case "tsize": complaints.demand(granted == size, "tsize \(granted)")
            case "timeout", "rollover": complaints.demand(granted == wished, "\(name) \(granted) for \(wished)")
            default: complaints.add(["an option that nobody knows: \(name)"])
            }
        }
    }
}
