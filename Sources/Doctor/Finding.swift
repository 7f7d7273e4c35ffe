/// Something that the doctor found, and how to mend it.
package struct Finding: Equatable, Sendable {
    /// `PF-H…`, or the code of another part of the program that found it.
    package let code: String
    package let severity: Severity
    package let area: Area
    /// A sentence that names the thing.
    package let what: String
    /// Why it matters.
    package let cause: String
    /// A line to paste into a shell, or what to do; empty when there is nothing to do.
    package let command: String
    /// The address of the one on the network that it is about; nil for everything else.
    package let server: String?

    package init(
        code: String, severity: Severity, area: Area, what: String, cause: String = "", command: String = "",
        server: String? = nil
    ) {
        self.code = code
        self.severity = severity
        self.area = area
        self.what = what
        self.cause = cause
        self.command = command
        self.server = server
    }

    /// - Parameter severity: nil for the usual one of its code.
    init(_ code: HealthCode, _ what: String, cause: String = "", command: String = "", severity: Severity? = nil) {
        self.init(
            code: code.code, severity: severity ?? code.severity, area: code.area, what: what,
            cause: cause.isEmpty ? code.cause : cause, command: command)
    }

    /// Where the doctor looks; the raw value is what `--only` takes.
    package enum Area: String, Sendable, CaseIterable {
        case service, ports, firewall, interfaces, files, loaders, lan, disk, host
    }
}

extension [Finding] {
    /// The worst first; of the same severity in the order in which they were found, which is the order of `Area`.
    package var worstFirst: [Finding] {
        Severity.allCases.flatMap { severity in filter { $0.severity == severity } }
    }

    /// Without what the service has found of a server, where the LAN itself just told the same.
    package var toldOnce: [Finding] {
        filter { finding in
            finding.area != .service || finding.server == nil
                || !contains { $0.area == .lan && $0.code == finding.code && $0.server == finding.server }
        }
    }

    package func count(_ severity: Severity) -> Int { count { $0.severity == severity } }

    /// "2 errors, 1 warning, 3 notes", or that nothing is wrong.
    package var summary: String {
        guard contains(where: { $0.severity != .note }) else {
            return isEmpty ? "nothing wrong found" : "nothing wrong found, \(Self.counted(count, "note"))"
        }
        return Severity.allCases.map { Self.counted(count($0), $0.rawValue) }.joined(separator: ", ")
    }

    private static func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
}
