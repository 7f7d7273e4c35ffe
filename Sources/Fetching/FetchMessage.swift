import LinuxIO
import Wire

/// Which request, on one channel.
typealias FetchNumber = UInt64

/// What the service says to the process that fetches.
enum FetchOrder: Equatable, Sendable {
    /// Whether the body goes into the file that comes beside the message.
    case start(FetchNumber, FetchRequest, isFile: Bool)
    case cancel(FetchNumber)
}

/// What it says back.
enum FetchReport: Equatable, Sendable {
    case news(FetchNumber, FetchNews)
    /// It died and begins anew: nothing that was asked before will be answered.
    case restarted
}

/// Both sides read what the other wrote as they would read a stranger: the fetcher talks to servers anywhere, and the service
/// to clients that may be anybody.
extension FetchOrder {
    var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 1024)
        switch self {
        case .start(let number, let request, let isFile):
            writer.u8(1)
            writer.u64(number)
            writer.u8(isFile ? 1 : 0)
            writer.u8(request.method.rawValue)
            writer.counted(request.url)
            writer.counted(request.authorities)
            writer.counted(request.fields)
            writer.counted(request.body)
            for time in [request.limits.connect, request.limits.whole ?? .zero, request.limits.stall] {
                writer.time(time)
            }
            writer.u64(UInt64(clamping: request.limits.octets))
            writer.u64(UInt64(clamping: request.limits.spare))
        case .cancel(let number):
            writer.u8(2)
            writer.u64(number)
        }
        return writer.bytes
    }

    init(_ message: [UInt8]) throws(DecodeError) {
        let span = message.span
        var reader = ByteReader(span.bytes)
        switch try reader.u8() {
        case 1:
            let number = try reader.u64()
            let isFile = try reader.u8() == 1
            guard let method = FetchRequest.Method(rawValue: try reader.u8()) else {
                throw .invalid(field: "method", value: 0)
            }
            var request = FetchRequest(url: try reader.countedText())
            request.method = method
            request.authorities = try reader.countedText()
            request.fields = try reader.countedTexts()
            request.body = try reader.countedOctets()
            request.limits.connect = try reader.time()
            let whole = try reader.time()
            request.limits.whole = whole > .zero ? whole : nil
            request.limits.stall = try reader.time()
            request.limits.octets = Int64(clamping: try reader.u64())
            request.limits.spare = Int64(clamping: try reader.u64())
            self = .start(number, request, isFile: isFile)
        case 2: self = .cancel(try reader.u64())
        case let other: throw .invalid(field: "order", value: Int(other))
        }
    }
}

extension FetchReport {
    var encoded: [UInt8] {
        var writer = ByteWriter(capacity: 256)
        switch self {
        case .restarted: writer.u8(1)
        case .news(let number, let news):
            switch news {
            case .began(let head):
                writer.begin(2, number)
                writer.head(head)
            case .progress(let octets):
                writer.begin(3, number)
                writer.u64(UInt64(clamping: octets))
            case .finished(let head, let body, let octets):
                writer.begin(4, number)
                writer.head(head)
                writer.counted(body)
                writer.u64(UInt64(clamping: octets))
            case .failed(let failure):
                writer.begin(5, number)
                writer.u8(failure.kind.rawValue)
                writer.counted(failure.description)
            }
        }
        return writer.bytes
    }

    init(_ message: [UInt8]) throws(DecodeError) {
        let span = message.span
        var reader = ByteReader(span.bytes)
        let kind = try reader.u8()
        guard kind != 1 else {
            self = .restarted
            return
        }
        let number = try reader.u64()
        switch kind {
        case 2: self = .news(number, .began(try reader.head()))
        case 3: self = .news(number, .progress(Int64(clamping: try reader.u64())))
        case 4:
            let head = try reader.head()
            let body = try reader.countedOctets()
            self = .news(number, .finished(head, body: body, octets: Int64(clamping: try reader.u64())))
        case 5:
            let cause = try reader.u8()
            guard let cause = FetchFailure.Kind(rawValue: cause) else {
                throw .invalid(field: "cause", value: Int(cause))
            }
            self = .news(number, .failed(FetchFailure(cause, try reader.countedText())))
        default: throw .invalid(field: "report", value: Int(kind))
        }
    }
}

extension ByteWriter {
    fileprivate mutating func begin(_ kind: UInt8, _ number: FetchNumber) {
        u8(kind)
        u64(number)
    }

    fileprivate mutating func head(_ head: FetchHead) {
        u16(UInt16(clamping: head.status))
        u64(head.size.map { UInt64(clamping: $0) } ?? .max)
        for field in [head.entityTag, head.modified, head.contentType] { counted(field) }
    }
}

extension ByteReader {
    @_lifetime(self: copy self)
    fileprivate mutating func head() throws(DecodeError) -> FetchHead {
        let status = Int(try u16())
        let size = Int64(exactly: try u64())
        return FetchHead(
            status: status, size: size, entityTag: try countedText(), modified: try countedText(),
            contentType: try countedText())
    }
}
