import ArgumentParser
import ControlPlane
import Glibc
import LinuxIO

struct BugreportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bugreport", abstract: "Collects all that helps others to see what is wrong, without secrets.",
        discussion: """
            One archive with the version, the settings and where they come from, what status, sessions, doctor and the other views \
            say, the host's addresses, sockets, firewall and memory, and the end of the journal. Install tokens, passwords, \
            hashes, private keys and users of URLs are masked. It is written for you alone and sent to nobody: look at it first.
            """)

    @OptionGroup var location: ServiceLocation

    @Option(name: .shortAndLong, help: "Where to write it; without it: pilotfish-report-TIME.tar.gz, here.")
    var output: String?

    @Flag(help: "One JSON object instead: the file, what is in it, and what could not be had.")
    var json = false

    func run() throws {
        let now = Clock.wallMilliseconds / 1000
        let path = output ?? "pilotfish-report-\(now).tar.gz"
        let flags =
            (location.settings.map { ["--settings", $0] } ?? []) + (location.state.map { ["--state", $0] } ?? [])
        let report = BugReport(
            program: "/proc/\(getpid())/exe", location: flags,
            settings: location.settings ?? SettingsSource.defaultPath)
        let (archive, missing) = report.collect(time: now)
        let octets = try BugReport.compressed(archive.whole)
        let mask = umask(0o077)
        defer { umask(mask) }
        var file = try OutputFile(path: path)
        try file.append(octets.span.bytes)
        try file.finish()
        tell(path, report.names, missing)
    }

    private func tell(_ path: String, _ names: [String], _ missing: [String]) {
        guard !json else {
            let fields: [(String, JSONText)] = [
                ("file", .text(path)), ("parts", .list(names.map { .text($0) })),
                ("failed", .list(missing.map { .text($0) })),
            ]
            return print(JSONText.object(fields).line)
        }
        StandardError.write("\(path) holds: \(names.joined(separator: ", "))")
        if !missing.isEmpty {
            StandardError.write("not to be had, each file says why: \(missing.joined(separator: ", "))")
        }
        StandardError.write("secrets are masked; look at it before you send it: tar -xzf \(path)")
    }
}
