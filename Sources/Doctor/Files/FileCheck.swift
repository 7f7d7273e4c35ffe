package import BootPolicy
import LinuxIO
package import Settings

/// Whether the service can read what it is to serve, and whether that is what it seems.
package struct FileCheck {
    private let settings: Settings
    private let catalog: Catalog
    private let account: Account
    private let look: (String) -> PathFacts

    /// - Parameters:
    ///   - account: what the service becomes.
    ///   - look: what is at a path.
    package init(
        settings: Settings, catalog: Catalog, account: Account, look: @escaping (String) -> PathFacts
    ) {
        self.settings = settings
        self.catalog = catalog
        self.account = account
        self.look = look
    }

    package var findings: [Finding] {
        let root = look(settings.root)
        guard root.problem?.isMissing != true else {
            return [
                Finding(
                    .rootMissing, "the root \(settings.root) is not there",
                    command: "install -d -m 755 \(settings.root)")
            ]
        }
        return rootFindings(root) + stateFindings + targetFindings + secretFindings + certificateFindings
    }

    private func rootFindings(_ root: PathFacts) -> [Finding] {
        var found: [Finding] = []
        if let obstacle = (root.steps.first { !$0.mode.allows(.enter, for: account) }) {
            found.append(
                Finding(
                    .fileUnreadable, "\(account.name) may not enter \(obstacle.path), which is on the way to the root",
                    command: "chmod o+x \(obstacle.path)"))
        }
        if let last = root.steps.last, last.mode.bits & 0o002 != 0 {
            found.append(Self.open(settings.root, "every user"))
        }
        return found
    }

    private static func open(_ path: String, _ whom: String) -> Finding {
        Finding(.fileOpen, "\(path) may be changed by \(whom)", command: "chmod go-w \(path)")
    }

    private var stateFindings: [Finding] {
        let state = look(settings.state)
        // The service makes an empty one its own.
        guard !state.isEmpty, let last = state.steps.last, last.path == settings.state,
            last.mode.owner != account.user
        else { return [] }
        return [
            Finding(
                .stateNotOurs, "the state directory \(settings.state) does not belong to \(account.name)",
                command: "chown -R \(account.name): \(settings.state)")
        ]
    }

    private var secretFindings: [Finding] {
        settings.secrets.sorted { $0.key < $1.key }.compactMap { name, path in
            let facts = look(path)
            if facts.problem?.isMissing == true {
                return Finding(
                    .fileMissing, "the secret \"\(name)\" is not there: \(path)", cause: "Templates that use it fail.",
                    command: "write it to \(path), with: chmod 640 and chgrp \(account.name)")
            }
            return unreadable(path, facts, "the secret \"\(name)\"")
        }
    }

    /// What the control API shows over TCP, which the service takes while it still is root.
    private var certificateFindings: [Finding] {
        [("certificate", settings.api.certificate), ("key", settings.api.key)].compactMap { name, path in
            guard !path.isEmpty, !settings.api.listen.isEmpty, let problem = look(path).problem else { return nil }
            let loss = "The control API is not served over TCP; machines boot all the same."
            if problem.isMissing {
                return Finding(
                    .fileMissing, "the \(name) of the control API is not there: \(path)", cause: loss,
                    command: "write it to \(path), or name another in [api] \(name)", severity: .warning)
            }
            guard !problem.isPermission else {
                return .notLooked(
                    .files, "the \(name) of the control API could not be read: \(problem)",
                    command: "sudo pilotfish doctor")
            }
            return Finding(
                .fileUnreadable, "the \(name) of the control API cannot be read: \(problem)", cause: loss,
                command: "ls -l \(path)", severity: .warning)
        }
    }

    /// Each file of a target once, by the first target that names it.
    private var targetFindings: [Finding] {
        var told: Set<String> = []
        var found: [Finding] = []
        for (name, target) in targets {
            let boots = target.linuxBoots
            for path in target.files where told.insert(path).inserted && catalog.upstreamURL(of: path) == nil {
                found += findings(of: path, in: name, boots)
            }
            if let finding = memoryFinding(target, name) { found.append(finding) }
        }
        return found
    }

    private var targets: [(name: String, target: BootTarget)] {
        ([("the usual boot", catalog.targets.usual)] + catalog.targets.named).compactMap { name, entry in
            guard case .target(let target) = entry else { return nil }
            return (name, target)
        }
    }

    private func findings(of file: String, in target: String, _ boots: [LinuxBoot]) -> [Finding] {
        let path = "\(settings.root)/\(file)"
        let facts = look(path)
        if facts.problem?.isMissing == true {
            // The default boot, on a host where everything has a target of its own, is nobody's.
            let isDefault = target == "the usual boot" && settings.boot == LinuxBoot() && !settings.targets.isEmpty
            return [
                Finding(
                    .fileMissing, "\(path) is not there, so \(target) fails",
                    command: "pilotfish check   # names the keys; copy the file there, or name another",
                    severity: isDefault ? .warning : nil)
            ]
        }
        if let finding = unreadable(path, facts, target) { return [finding] }
        if let real = facts.real, !(real + "/").hasPrefix(look(settings.root).real.map { $0 + "/" } ?? "/") {
            return [
                Finding(
                    .fileLeadsOut, "\(path) leads out of the root, to \(real)",
                    command: "cp --remove-destination \(real) \(path)")
            ]
        }
        var found: [Finding] = []
        if let finding = shape(path, file, facts, boots) { found.append(finding) }
        if let last = facts.steps.last, last.mode.bits & 0o002 != 0 { found.append(Self.open(path, "every user")) }
        return found
    }

    private func unreadable(_ path: String, _ facts: PathFacts, _ target: String) -> Finding? {
        if let obstacle = facts.obstacle(for: account) {
            let mode =
                "mode \(String(obstacle.mode.bits, radix: 8)), owner \(obstacle.mode.owner):\(obstacle.mode.group)"
            let isSecret = target.hasPrefix("the secret")
            let grant =
                isSecret
                ? "chgrp \(account.name) \(obstacle.path) && chmod g+rx \(obstacle.path)"
                : "chmod o+\(obstacle.isFile ? "r" : "x") \(obstacle.path)"
            return Finding(
                .fileUnreadable, "the user \(account.name) may not read \(path) (\(target))",
                cause: obstacle.isFile
                    ? "The file does not allow it (\(mode))."
                    : "The directory \(obstacle.path) does not let it through (\(mode)).",
                command: grant)
        }
        guard let problem = facts.problem else { return nil }
        return Finding(.fileUnreadable, "\(path) cannot be read (\(target)): \(problem)", command: "ls -l \(path)")
    }

    private func shape(_ path: String, _ file: String, _ facts: PathFacts, _ boots: [LinuxBoot]) -> Finding? {
        guard facts.isRegular else { return Finding(.fileStrange, "\(path) is a directory", severity: .error) }
        guard facts.size > 0 else {
            return Finding(
                .fileEmpty, "\(path) is empty",
                command: "copy it again; df \(settings.root) tells whether the disk is full")
        }
        let isKernel = boots.contains { $0.kernel == file }
        let isInitrd = boots.contains { $0.initrds.contains(file) }
        if LoaderKind(facts.head) == .text, isKernel || isInitrd && !FileShape.isInitrd(facts.head) {
            return Finding(
                .fileStrange, "\(path) is text, and no \(isKernel ? "kernel" : "initial RAM disk")",
                command: "head -c 300 \(path)",
                severity: isKernel ? .error : .warning)
        }
        if isKernel, !FileShape.isKernel(facts.head) {
            return Finding(.fileStrange, "\(path) does not begin as a kernel does", command: "file \(path)")
        }
        if isInitrd, !FileShape.isInitrd(facts.head) {
            return Finding(
                .fileStrange, "\(path) does not begin as an initial RAM disk does", command: "file \(path)",
                severity: .note)
        }
        return nil
    }

    /// Packed it lies there with its unpacked self, which is more than as large again.
    private func memoryFinding(_ target: BootTarget, _ name: String) -> Finding? {
        let sizes = target.linuxBoots.map { boot in
            ([boot.kernel] + boot.initrds).filter { catalog.upstreamURL(of: $0) == nil }
                .reduce(Int64(0)) { $0 + look("\(settings.root)/\($1)").size }
        }
        let needed = (sizes.max() ?? 0) / (1 << 20) * 5 / 2
        let usual = 2048
        guard needed > target.memory ?? usual else { return nil }
        return Finding(
            .largeForMemory,
            "\(name) needs about \(needed) MiB of memory, and \(target.memory.map { "says \($0)" } ?? "does not say so")",
            command: "set memory = \(needed) at its target, so that smaller machines are told")
    }
}

extension BootTarget {
    /// What it boots, on any platform.
    fileprivate var linuxBoots: [LinuxBoot] {
        ([action] + BootPlatform.allCases.map { variants[$0] }).compactMap { action in
            guard case .linux(let boot)? = action else { return nil }
            return boot
        }
    }
}
