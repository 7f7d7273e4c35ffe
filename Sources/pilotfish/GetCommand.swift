import ArgumentParser
import ControlPlane
import Glibc
import LinuxIO
import TFTPClients
import Transfers
import Wire

struct GetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "get",
        abstract: "Fetches a file by TFTP, as a client with large blocks and windows.",
        discussion: """
            The file appears under its name only when all of it is there. On a terminal a bar shows how far it is.

            Ends with 0 when the file is there, 1 when the server refused it or broke the protocol, 2 when no answer \
            came or the answers ceased, 3 when the file could not be written, 130 when it was interrupted.
            """
    )

    @Argument(help: "What to fetch: tftp://HOST[:PORT]/PATH; an IPv6 address stands in brackets.")
    var url: TFTPLocation

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: "Where to put it, - for the standard output; without it: the last part of the path, here.",
        completion: .file())
    var output: String?

    @Option(help: "Octets of a block to ask for, 8 to 65464; 512 asks for nothing, as RFC 1350 has it.")
    var blksize = 1468

    @Option(help: "Blocks of a window to ask for, 1 to 32767.")
    var windowsize = 16

    @Option(help: "Seconds until a request or acknowledgement is repeated, doubled each time up to 8.")
    var timeout = 1.0

    @Flag(help: "Prints the file's SHA-256, as sha256sum does.")
    var checksum = false

    @Flag(help: "One JSON document for programs instead of text.")
    var json = false

    func validate() throws {
        try SwarmSpeech.check(blksize: blksize, windowsize: windowsize, timeout: timeout)
        if json, output == "-" { throw ValidationError("--json and -o - would both write to the standard output") }
        if output == nil, ["", ".", ".."].contains(url.lastComponent) {
            throw ValidationError("the path ends without a file's name; say where to put the file with -o FILE")
        }
    }

    private var target: String { output ?? url.lastComponent }

    func run() throws {
        do {
            let report = try fetch()
            say(report)
        } catch let error as DownloadError {
            throw fail(GetText.message(error, url: url, target: target), GetText.status(error))
        } catch let error as CommandProblem {
            throw fail("\(error)", .unanswered)
        } catch let error as SystemError {
            throw fail("cannot write \(target): \(error); name another place with -o FILE", .unreadable)
        }
    }

    private func fail(_ message: String, _ status: ExitStatus) -> ExitCode {
        StandardError.write("pilotfish: \(message)")
        return status.code
    }

    private func fetch() throws -> DownloadReport {
        guard let address = lookUp(host: url.host) else { throw CommandProblem.unknownHost(url.host) }
        let asked =
            blksize == 512 && windowsize == 1
            ? TransferOptions()
            : TransferOptions(blockSize: blksize, transferSize: 0, windowSize: windowsize > 1 ? windowsize : nil)
        let habits = ClientHabits(
            model: .rfc, asked: asked, interval: TimeSpan(nanoseconds: Int64(timeout * 1e9)))
        let plan = DownloadPlan(
            server: IPEndpoint(address: address, port: url.port), name: url.name, habits: habits,
            wantsChecksum: checksum || json)
        var download = Download(plan, to: try OutputFile(path: target))
        var bar = ProgressBar(isShown: !json && !(target == "-" && isatty(STDOUT_FILENO) != 0))
        defer { bar.clear() }
        return try download.run { received, size in bar.show(received, of: size) }
    }

    private func say(_ report: DownloadReport) {
        if json { return print(GetText.json(report, url: url, target: target)) }
        let lines = [GetText.summary(report, target: target)] + (checksum ? [GetText.checksum(report, target)] : [])
        // The standard output is the file's, when it goes there.
        for line in lines { if target == "-" { StandardError.write(line) } else { print(line) } }
    }
}

/// What `get` says in the end.
enum GetText {
    static func summary(_ report: DownloadReport, target: String) -> String {
        let rate = Double(report.bytes) / 1_048_576 / max(report.time.seconds, 1e-9)
        let options = report.hasOptions ? "" : " (the server took no options)"
        return """
            \(target): \(report.bytes) octets in \(report.time.seconds.digits(3)) s, \(rate.digits(1)) MiB/s, \
            blksize \(report.blockSize), windowsize \(report.windowSize)\(options)\(trouble(report.statistics))
            """
    }

    private static func trouble(_ counted: ReceivingStatistics) -> String {
        let repeats = counted.repeatedRequests + counted.repeatedAcknowledgements
        let parts = [
            counted.gaps > 0 ? "\(counted.gaps) gaps" : nil,
            counted.duplicates > 0 ? "\(counted.duplicates) duplicates" : nil,
            repeats > 0 ? "\(repeats) repeated by us" : nil,
        ].compactMap(\.self)
        return parts.isEmpty ? "" : "; " + parts.joined(separator: ", ")
    }

    static func checksum(_ report: DownloadReport, _ target: String) -> String {
        "\(report.sha256 ?? "")  \(target)"
    }

    static func json(_ report: DownloadReport, url: TFTPLocation, target: String) -> String {
        let counted = report.statistics
        let rate = Double(report.bytes) / max(report.time.seconds, 1e-9)
        return JSONText.object([
            ("host", .text(url.host)), ("port", .number(Int(url.port))),
            ("path", .text(String(decoding: url.name, as: UTF8.self))), ("output", .text(target)),
            ("bytes", .number(Int(report.bytes))), ("seconds", .digits(report.time.seconds.digits(6))),
            ("bytes_per_second", .digits(rate.digits(0))),
            ("options", .truth(report.hasOptions)), ("blksize", .number(report.blockSize)),
            ("windowsize", .number(report.windowSize)),
            ("tsize", report.announcedSize.map { .number(Int($0)) } ?? .null),
            ("data_received", .number(Int(counted.dataReceived))), ("duplicates", .number(Int(counted.duplicates))),
            ("gaps", .number(Int(counted.gaps))), ("behind_gap", .number(Int(counted.ahead))),
            ("repeated_requests", .number(Int(counted.repeatedRequests))),
            ("repeated_acks", .number(Int(counted.repeatedAcknowledgements))),
            ("foreign", .number(Int(counted.foreign))), ("sha256", report.sha256.map { .text($0) } ?? .null),
        ]).line
    }

    /// What happened, where, and what to do.
    static func message(_ error: DownloadError, url: TFTPLocation, target: String) -> String {
        let place = "\(url.host) port \(url.port)"
        let name = String(decoding: url.name, as: UTF8.self)
        switch error {
        case .unreachable(let error):
            return "\(place) cannot be reached (\(error)); does a TFTP server run there, does a firewall let UDP in?"
        case .failed(.noAnswer, _):
            return "\(place) did not answer; is the address right, and does a firewall let UDP through both ways?"
        case .failed(.stalled, _):
            return "\(place) fell silent in the middle of \(name); try a smaller --blksize or --windowsize"
        case .failed(.serverError(let code), let text):
            let words = ReceivingFailure.words(of: code)
            let said = text.isEmpty || text.lowercased() == words ? "" : ", \"\(text)\""
            return "\(place) refused \(name): ERROR \(code), \(words)\(said)\(advice(code))"
        case .failed(.unacceptableOptions, _):
            return "\(place) granted options that were not asked; try --blksize 512 --windowsize 1, which asks for none"
        case .failed(.oversizedBlock, _):
            return "\(place) sent a block longer than agreed; try --blksize 512 --windowsize 1"
        case .wrongSize(let announced, let received):
            return "\(place) announced \(announced) octets of \(name) and sent \(received); fetch it again"
        case .output(let error):
            return "cannot write \(target): \(error); nothing was left there, name another place with -o FILE"
        case .interrupted: return "interrupted; nothing was left at \(target)"
        case .system(let error): return "\(error)"
        }
    }

    private static func advice(_ code: UInt16) -> String {
        switch TFTPErrorCode(rawValue: code) {
        case .fileNotFound: "; look at the path, and at the server's root"
        case .accessViolation: "; look at the file's rights on the server"
        case .optionsRefused: "; try --blksize 512 --windowsize 1, which asks for no options"
        default: ""
        }
    }

    static func status(_ error: DownloadError) -> ExitStatus {
        switch error {
        case .failed(.noAnswer, _), .failed(.stalled, _), .unreachable, .system: .unanswered
        case .failed, .wrongSize: .trouble
        case .output: .unreadable
        case .interrupted: .interrupted
        }
    }
}
