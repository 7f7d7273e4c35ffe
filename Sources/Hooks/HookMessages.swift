package import Wire

/// What the service says to the process that runs commands: run this one.
package struct HookOrder: Equatable, Sendable {
    /// Returns in the report.
    package var number: UInt64
    /// An absolute path and its arguments.
    package var words: [String]
    /// After this it is killed.
    package var timeout: TimeSpan
    /// What it reads from its standard input.
    package var input: [UInt8]

    package init(number: UInt64, words: [String], timeout: TimeSpan, input: [UInt8]) {
        self.number = number
        self.words = words
        self.timeout = timeout
        self.input = input
    }
}

/// What it says back, once for each order.
package struct HookReport: Equatable, Sendable {
    package enum Ending: Equatable, Sendable {
        /// With this status.
        case exited(Int)
        /// By a signal that was not ours.
        case killed(signal: Int)
        case timedOut
        /// It was never run, for this reason.
        case failed(String)
    }

    package var number: UInt64
    package var ending: Ending
    package var duration: TimeSpan
    /// The first line of what it said to standard error, or else to standard output; may be empty.
    package var said: String

    package init(number: UInt64, ending: Ending, duration: TimeSpan, said: String) {
        self.number = number
        self.ending = ending
        self.duration = duration
        self.said = said
    }
}

extension HookOrder {
    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 1024)
        writer.u64(number)
        writer.counted(words)
        writer.time(timeout)
        writer.counted(input)
        return writer.bytes
    }

    package init(_ message: [UInt8]) throws(DecodeError) {
        let span = message.span
        var reader = ByteReader(span.bytes)
        number = try reader.u64()
        words = try reader.countedTexts()
        timeout = try reader.time()
        input = try reader.countedOctets()
    }
}

extension HookReport {
    package var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 512)
        writer.u64(number)
        writer.time(duration)
        writer.counted(said)
        switch ending {
        case .exited(let status):
            writer.u8(1)
            writer.u32(UInt32(clamping: status))
        case .killed(let signal):
            writer.u8(2)
            writer.u32(UInt32(clamping: signal))
        case .timedOut: writer.u8(3)
        case .failed(let why):
            writer.u8(4)
            writer.counted(why)
        }
        return writer.bytes
    }

    package init(_ message: [UInt8]) throws(DecodeError) {
        let span = message.span
        var reader = ByteReader(span.bytes)
        number = try reader.u64()
        duration = try reader.time()
        said = try reader.countedText()
        switch try reader.u8() {
        case 1: ending = .exited(Int(try reader.u32()))
        case 2: ending = .killed(signal: Int(try reader.u32()))
        case 3: ending = .timedOut
        case 4: ending = .failed(try reader.countedText())
        case let other: throw .invalid(field: "ending", value: Int(other))
        }
    }
}
