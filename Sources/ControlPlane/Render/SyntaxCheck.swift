import BootPolicy
import Foundation

/// Looks whether an installer will understand its answer file, by the program that knows its language best.
package struct SyntaxCheck {
    package enum Verdict: Equatable, Sendable {
        case right(by: String)
        /// What the checker said.
        case wrong(by: String, String)
        /// Where to get one, if there is any.
        case unknown(advice: String)
    }

    /// A program of Debian's (or PyPI's) that reads a file and fails when that is wrong.
    struct Checker: Equatable {
        var command: [String]
        var source: String
        /// What messages call it, where that is not the program.
        var title: String?

        var name: String { title ?? command[0] }
    }

    private static let longestRun = 60

    /// - Parameters:
    ///   - name: of the file as the installer asks for it: its ending tells most.
    package static func verdict(on text: String, named name: String) -> Verdict {
        guard let checker = checker(for: text, named: name) else {
            return isJSON(name) ? json(text) : .unknown(advice: "no checker is known for such files")
        }
        let verdict = run(checker, on: text)
        // Without the one who knows Ignition, JSON at least can be looked at.
        if case .unknown = verdict, isJSON(name) { return json(text) }
        return verdict
    }

    private static func json(_ text: String) -> Verdict {
        do {
            _ = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            return .right(by: "JSON")
        } catch {
            return .wrong(by: "JSON", (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? "\(error)")
        }
    }

    private static func isJSON(_ name: String) -> Bool { name.hasSuffix(".json") || name.hasSuffix(".ign") }

    /// The checker for a file; nil where there is none, or none that need be installed.
    static func checker(for text: String, named name: String) -> Checker? {
        let last = name.lastPathPart.lowercased()
        let first = text.prefix { !$0.isNewline }
        if first.hasPrefix("#cloud-config") {
            return Checker(command: ["cloud-init", "schema", "--config-file"], source: "the package cloud-init")
        }
        if first.hasPrefix("#!") {
            let shell = first.hasSuffix("bash") ? "bash" : first.hasSuffix("sh") ? "sh" : nil
            return shell.map { Checker(command: [$0, "-n"], source: "the package \($0)") }
        }
        if last.contains("preseed") {
            return Checker(command: ["debconf-set-selections", "--checkonly"], source: "the package debconf")
        }
        if last.hasSuffix(".ks") || last.hasPrefix("ks") || last.contains("kickstart") {
            return Checker(command: ["ksvalidator"], source: "pykickstart (pip install pykickstart)")
        }
        if last.hasSuffix(".xml") {
            return Checker(command: ["xmllint", "--noout"], source: "the package libxml2-utils")
        }
        if last.hasSuffix(".ign") {
            return Checker(command: ["ignition-validate"], source: "the package ignition")
        }
        if last == "meta-data" {
            return Checker(
                command: ["python3", "-c", metadataCheck], source: "the package python3-yaml", title: "python3-yaml")
        }
        if last.hasSuffix(".yaml") || last.hasSuffix(".yml") {
            return Checker(command: ["yamllint", "-d", "{rules: {}}"], source: "the package yamllint")
        }
        if last.hasSuffix(".sh") { return Checker(command: ["sh", "-n"], source: "the package dash") }
        return nil
    }

    /// NoCloud's meta-data needs this much; cloud-init knows no schema of it. Without the module it ends as a program that is
    /// missing.
    private static let metadataCheck = """
        import sys
        try:
            import yaml
        except ImportError:
            sys.exit(127)
        try:
            data = yaml.safe_load(open(sys.argv[1]))
        except yaml.YAMLError as error:
            sys.exit(str(error))
        if not isinstance(data, dict) or not data.get("instance-id"):
            sys.exit("there is no instance-id")
        """

    static func run(_ checker: Checker, on text: String) -> Verdict {
        let program = checker.name
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "pilotfish-\(UUID().uuidString)", isDirectory: true)
        do {
            // Nobody else may read what may hold secrets.
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
            defer { try? FileManager.default.removeItem(at: directory) }
            let file = directory.appendingPathComponent("answer")
            try Data(text.utf8).write(to: file)
            let (status, octets) = try ForeignProgram.run(checker.command + [file.path], seconds: longestRun)
            let output = String(decoding: octets, as: UTF8.self)
            // What env(1) answers when it finds no such program.
            if status == 127 { return .unknown(advice: "\(program) is not installed; it comes with \(checker.source)") }
            let said = output.replacingOccurrences(of: file.path, with: "line").trimmingCharacters(
                in: .whitespacesAndNewlines)
            return status == 0 ? .right(by: program) : .wrong(by: program, said)
        } catch {
            return .unknown(advice: "\(program) cannot be run: \(error.localizedDescription)")
        }
    }
}
