import Foundation

/// All that helps somebody else to understand what is wrong with this service and its host, without its secrets.
package struct BugReport {
    /// A file of the report: what a command says.
    private struct Part {
        let name: String
        let command: [String]
    }

    /// Why there is no report.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let parts: [Part]

    /// For how long one command may run.
    private static let patience = 20
    /// Of what a command says; a journal may be longer than anybody reads.
    private static let mostOctets = 8 << 20

    /// - Parameters:
    ///   - program: our own.
    ///   - location: the flags that say where the service is.
    ///   - settings: the settings file.
    package init(program: String, location: [String], settings: String) {
        parts =
            [Part(name: "check", command: [program, "check", "--quiet", settings])]
            + Self.ours.map { Part(name: $0, command: [program] + $1 + location) }
            + [
                Part(name: "version", command: [program, "version"]),
                Part(
                    name: "targets",
                    command: [program, "target", "list"]
                        + (location.firstIndex(of: "--settings").map {
                            Array(location[$0..<min($0 + 2, location.count)])
                        } ?? [])),
            ] + Self.host.map { Part(name: $0, command: $1) }
    }

    /// What is asked of ourselves; all of them take the flags of a service's place.
    private static let ours: [(String, [String])] = [
        ("settings", ["config", "show", "--origin"]), ("status", ["status"]), ("sessions", ["sessions"]),
        ("sessions.json", ["sessions", "--json"]), ("watch", ["watch", "--once"]), ("hosts", ["list"]),
        ("newcomers", ["list", "--new"]), ("rollouts", ["rollout"]), ("firmware", ["firmware"]),
        ("transfers", ["transfers"]), ("events", ["events", "--since", "7d"]), ("log", ["log"]),
        ("metrics", ["metrics"]), ("doctor", ["doctor", "--no-probe"]),
    ]

    private static let host: [(String, [String])] = [
        ("os-release", ["cat", "/etc/os-release"]), ("kernel", ["uname", "-a"]), ("memory", ["cat", "/proc/meminfo"]),
        ("disks", ["df", "-h"]), ("addresses.json", ["ip", "-j", "address"]), ("routes.json", ["ip", "-j", "route"]),
        ("routes6.json", ["ip", "-j", "-6", "route"]), ("sockets-udp", ["ss", "-ulnp"]),
        ("sockets-tcp", ["ss", "-tlnp"]), ("nftables", ["nft", "list", "ruleset"]), ("iptables", ["iptables-save"]),
        ("unit", ["systemctl", "--no-pager", "--full", "status", "pilotfish.service"]),
        ("journal", ["journalctl", "--no-pager", "-o", "short-iso", "-n", "5000", "-u", "pilotfish.service"]),
    ]

    /// The names of the files in it.
    package var names: [String] { parts.map(\.name) + ["README"] }

    /// Runs all commands, one after the other.
    ///
    /// - Parameter time: of the files, in seconds since 1970.
    /// - Returns: an archive, and the names of those files that say only why there is nothing in them.
    package func collect(time: Int64) -> (archive: TarArchive, missing: [String]) {
        var archive = TarArchive(time: time)
        var missing: [String] = []
        let directory = "pilotfish-report"
        for part in parts {
            let (text, isThere) = Self.output(of: part)
            if !isThere { missing.append(part.name) }
            archive.add("\(directory)/\(part.name)", Array(SecretMask.masked(text).utf8))
        }
        archive.add("\(directory)/README", Array(Self.advice(names, missing: missing).utf8))
        return (archive, missing)
    }

    private static func output(of part: Part) -> (text: String, isThere: Bool) {
        let shown = part.command.joined(separator: " ")
        do {
            let (status, octets) = try ForeignProgram.run(part.command, seconds: patience)
            let text = String(decoding: octets.suffix(mostOctets), as: UTF8.self)
            let ending =
                switch status {
                case 0: ""
                case 124: "\n(\(shown) took longer than \(patience) s)\n"
                case 127: "(\(shown) was not run: there is no such program)\n"
                case let other: "\n(\(shown) ended with status \(other))\n"
                }
            return (text + ending, status == 0)
        } catch {
            return ("(\(shown) was not run: \(error.localizedDescription))\n", false)
        }
    }

    private static func advice(_ names: [String], missing: [String]) -> String {
        """
        A report of pilotfish bugreport. Each file is what one command said:

        \(names.map { "  " + $0 + (missing.contains($0) ? "  (failed; it says why)" : "") }.joined(separator: "\n"))

        Install tokens, passwords, hashes of them, private keys and the users of URLs are replaced by \(SecretMask.mask).
        Names of hosts, hardware addresses, IP addresses and UUIDs are in it: they tell which machine is meant. Look at
        the files before you send them: a secret whose name does not say that it is one cannot be known.

        """
    }

    /// Writes an archive's octets through gzip(1).
    package static func compressed(_ octets: [UInt8]) throws(Failure) -> [UInt8] {
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("pilotfish-\(UUID().uuidString)")
        do {
            // Nobody else may read it, masked or not.
            guard
                FileManager.default.createFile(
                    atPath: input.path, contents: Data(octets), attributes: [.posixPermissions: 0o600])
            else { throw Failure(description: "cannot write \(input.path)") }
            defer { try? FileManager.default.removeItem(at: input) }
            let file = try FileHandle(forReadingFrom: input)
            let (status, output) = try ForeignProgram.run(
                ["gzip", "-n", "-9"], seconds: 60, input: file, mergesErrors: false)
            guard status == 0 else { throw Failure(description: "gzip ended with status \(status): is it installed?") }
            return Array(output)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(description: "the report cannot be compressed: \(error.localizedDescription)")
        }
    }
}
