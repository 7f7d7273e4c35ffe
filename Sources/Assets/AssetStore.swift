package import BootPolicy
import Fleet
package import LinuxIO
import Media
package import Wire

/// What a request gets, opened.
package enum OpenedAsset: ~Copyable {
    case file(OpenFile)
    /// Bytes made for this request.
    case generated([UInt8])
    /// Being fetched from another server; complete, it is asked for again and is a file then.
    case growing(GrowingFile)
}

extension OpenedAsset {
    fileprivate static func generated(_ text: String) -> OpenedAsset { .generated(Array(text.utf8)) }
}

/// Why a request gets nothing.
package enum AssetProblem: Error, Hashable, Sendable {
    case notFound
    /// Outside the root, refused by a rule, or not readable by the service's user: which of them is not told.
    case denied
    case unreadable
    /// An answer file that would have holes: these values are known of all machines neither, nor of this one.
    case incomplete(missing: [String])
    /// A menu whose password is wanted, or was wrong.
    case locked
    /// What was said cannot be written down now, and may be said again.
    case notWritten(why: String)
    /// It belongs to another server, which does not give it.
    case upstream(UpstreamFailure)
}

/// Why a file of another server's cannot be had.
package struct UpstreamFailure: Hashable, Sendable {
    /// Whether the server took too long, rather than said no.
    package let isTimeout: Bool
    /// A sentence for people.
    package let text: String

    package init(_ text: String, isTimeout: Bool = false) {
        self.text = text
        self.isTimeout = isTimeout
    }
}

/// Who has the files of other servers.
package protocol MirrorSource: Sendable {
    /// The file, or what is to become it: comes back without waiting for the other server, but waits for our disk.
    func open(_ path: RequestPath, of mirror: MirrorPlan) throws(AssetProblem) -> OpenedAsset
}

/// Who knows whose turn it is to be installed, and writes down what comes of it.
package protocol InstallSource: Sendable {
    /// Takes a step and answers when it was written down; waits for our disk. A disk that fails is part of the answer.
    func take(_ step: InstallStep, of enrolment: Enrolment) -> InstallAnswer
    /// The machine is sent a file of its install, or still is; does not wait.
    func note(fetchBy enrolment: Enrolment)
}

/// What became of one place where a file was looked for.
package enum CandidateFate: Equatable, Sendable {
    /// It answers; under its true spelling, if the file was asked for in other letters.
    case answers(spelling: String?)
    /// No file is there, but an image was imported that has it.
    case answersFromImage
    /// Nothing of that name is there.
    case missing
    /// The service asks another server for it, unless it has it.
    case isFetched
    /// It is another machine's answer file.
    case belongsToAnother
    /// It is for those who know the menu's password.
    case wantsPassword
    /// The machine's install decides when it asks.
    case isDecidedThen
    /// Something is there that cannot be given out.
    case refused(SystemError)
}

/// Opens what clients ask for, the same way for TFTP and HTTP.
package struct AssetStore: Sendable {
    private let root: ServedRoot
    private let folded: FoldedDirectories
    private let media = MediumShelf()
    private let mirrors: (any MirrorSource)?
    private let installs: (any InstallSource)?
    private let slowDisk: (@Sendable () -> Void)?

    /// - Parameters:
    ///   - mirrors: who has the files of other servers; nil where nothing is fetched.
    ///   - installs: nil where no machine is installed.
    ///   - slowDisk: plays a disk, for tests: nothing is answered from memory, and each opening takes as long as this does.
    package init(
        root: ServedRoot, mirrors: (any MirrorSource)? = nil, installs: (any InstallSource)? = nil,
        slowDisk: (@Sendable () -> Void)? = nil
    ) {
        self.root = root
        self.mirrors = mirrors
        self.installs = installs
        self.slowDisk = slowDisk
        folded = FoldedDirectories(now: { Clock.wallMilliseconds })
    }

    /// Opens the first candidate that exists; waits for disks and file servers.
    ///
    /// - Parameters:
    ///   - name: the name as the client sent it, percent-decoded if it came by HTTP.
    ///   - local: our address as the client reached it, for the URLs in generated scripts.
    package func open(
        _ name: some Sequence<UInt8>, for requester: Requester, catalog: Catalog, local: IPAddress
    ) throws(AssetProblem) -> OpenedAsset {
        try open(
            AssetResolver.resolve(name, for: requester, in: catalog), catalog: catalog, local: local)
    }

    /// The same for a name that was resolved before.
    package func open(
        _ resolution: NameResolution, catalog: Catalog, local: IPAddress
    ) throws(AssetProblem) -> OpenedAsset {
        slowDisk?()
        guard let asset = try search(resolution, catalog, local, .waits, tell: { _, _ in }) else {
            throw .unreadable
        }
        note(resolution)
        return asset
    }

    /// The same as far as the kernel and we have in memory what it takes: never waits for a disk or a file server.
    ///
    /// - Returns: nil when `open` has to be asked, by a thread that may wait.
    package func openFromMemory(
        _ resolution: NameResolution, catalog: Catalog, local: IPAddress
    ) throws(AssetProblem) -> OpenedAsset? {
        guard slowDisk == nil else { return nil }
        guard let asset = try search(resolution, catalog, local, .answersFromMemory, tell: { _, _ in }) else {
            return nil
        }
        note(resolution)
        return asset
    }

    /// A machine gets a file, which may be one of its install; does not wait. Whoever sends a file for long notes it again and
    /// again.
    package func note(_ resolution: NameResolution?) {
        if let resolution, let path = resolution.path { note(fetchOf: path, by: resolution.requester) }
    }

    /// The same for a name that nothing else is known of.
    package func note(fetchOf path: RequestPath, by requester: Requester) {
        guard let enrolment = requester.enrolment, InstallPath(path)?.token == enrolment.token else { return }
        installs?.note(fetchBy: enrolment)
    }

    /// What a name means and what becomes of each place to look, up to the one that answers.
    package func explain(
        _ name: some Sequence<UInt8>, for requester: Requester, catalog: Catalog
    ) -> (resolution: NameResolution, fates: [(candidate: Candidate, fate: CandidateFate)], problem: AssetProblem?) {
        let resolution = AssetResolver.resolve(name, for: requester, in: catalog)
        var fates: [(candidate: Candidate, fate: CandidateFate)] = []
        var problem: AssetProblem?
        do throws(AssetProblem) {
            _ = try search(resolution, catalog, IPAddress(.any), .waits) { fates.append(($0, $1)) }
        } catch {
            // Who explains fetches nothing.
            problem = fates.last?.fate == .isFetched ? nil : error
        }
        return (resolution, fates, problem)
    }

    /// - Returns: nil when what one candidate is cannot be said without waiting, and waiting is not allowed.
    private func search(
        _ resolution: NameResolution, _ catalog: Catalog, _ local: IPAddress, _ patience: Patience,
        tell: (Candidate, CandidateFate) -> Void
    ) throws(AssetProblem) -> OpenedAsset? {
        guard !resolution.isDenied else { throw .denied }
        // One root for all candidates, whatever takes its place meanwhile.
        let root = root.current
        var allowance = FoldedDirectories.Allowance()
        var worst = AssetProblem.notFound
        for candidate in resolution.candidates {
            if let (fate, problem) = Self.refusal(of: candidate.asset) {
                tell(candidate, fate)
                throw problem
            }
            if case .install(let step, let enrolment) = candidate.asset {
                guard patience == .waits else { return nil }
                guard let installs else {
                    tell(candidate, .isDecidedThen)
                    continue
                }
                let setting = catalog.setting(for: resolution.requester, local: local)
                return .generated(try answer(step, of: enrolment, by: installs, catalog, setting))
            }
            if case .mirrored(let plan, let path) = candidate.asset {
                guard patience == .waits else { return nil }
                guard let mirrors else {
                    tell(candidate, .isFetched)
                    continue
                }
                return try mirrors.open(path, of: plan)
            }
            if let text = try made(candidate.asset, for: resolution.requester, catalog, local) {
                tell(candidate, .answers(spelling: nil))
                return .generated(text)
            }
            do throws(SystemError) {
                var fate = CandidateFate.answers(spelling: nil)
                guard let file = try file(candidate.asset, beneath: root, catalog.naming, &allowance, patience, &fate)
                else { continue }
                tell(candidate, fate)
                return .file(file)
            } catch {
                if patience == .answersFromMemory, error.isWouldBlock { return nil }
                tell(candidate, error.isMissing ? .missing : .refused(error))
                worst = problem(error, unless: worst)
            }
        }
        throw worst
    }

    private func answer(
        _ step: InstallStep, of enrolment: Enrolment, by installs: any InstallSource, _ catalog: Catalog,
        _ setting: ScriptSetting
    ) throws(AssetProblem) -> String {
        let answer = installs.take(step, of: enrolment)
        // A loader runs a script that says so; whoever reports an end needs a status to try again.
        if step.isReport, case .later(let why) = answer { throw .notWritten(why: why) }
        return InstallScript.render(step, answer, of: enrolment, in: catalog, setting)
    }

    /// What is made up for who asks; nil for a file.
    private func made(
        _ asset: Asset, for requester: Requester, _ catalog: Catalog, _ local: IPAddress
    ) throws(AssetProblem) -> String? {
        switch asset {
        case .script(let dialect, let entry):
            dialect.render(entry, of: catalog.targets, Self.introduced(catalog.setting(for: requester, local: local)))
        case .automaticScript: IPXEScript.renderAutomatic(baseURL: catalog.baseURL(local: local))
        case .text(let text): text
        case .answerFile(let template, let machine):
            try catalog.answers.write(template, catalog.setting(for: machine, local: local))
        case .rootFile, .hostFile, .mirrored, .install, .lockedScript, .foreignAnswerFile: nil
        }
    }

    /// A machine that nobody named shows by which words it can be adopted.
    private static func introduced(_ setting: ScriptSetting) -> ScriptSetting {
        guard setting.machine == nil, let card = setting.requester.hardware,
            let words = MachineWords(of: Evidence(card: card))
        else { return setting }
        var setting = setting
        setting.introduction = "Pilotfish: this machine is new: \(words)"
        return setting
    }

    /// What is made for others than who asks.
    private static func refusal(of asset: Asset) -> (CandidateFate, AssetProblem)? {
        switch asset {
        case .foreignAnswerFile: (.belongsToAnother, .denied)
        case .lockedScript: (.wantsPassword, .locked)
        case .rootFile, .hostFile, .script, .automaticScript, .text, .answerFile, .mirrored, .install: nil
        }
    }

    /// The file of a candidate; nil for what is no file.
    private func file(
        _ asset: Asset, beneath root: RootDirectory, _ naming: Naming, _ allowance: inout FoldedDirectories.Allowance,
        _ patience: Patience, _ fate: inout CandidateFate
    ) throws(SystemError) -> OpenFile? {
        switch asset {
        // It tells where images lie on this host, and nobody needs it but us.
        case .rootFile(let path) where MediumPlace.isIndex(path.parts): throw .notPermitted("open", path.text)
        case .rootFile(let path): try open(path, beneath: root, naming, &allowance, patience, &fate)
        case .hostFile(let path): try OpenFile(hostPath: path, patience)
        case .script, .lockedScript, .automaticScript, .text, .answerFile, .foreignAnswerFile, .mirrored, .install: nil
        }
    }

    /// The file of a path; else, where a medium was imported, what lies there on it.
    private func open(
        _ path: RequestPath, beneath root: RootDirectory, _ naming: Naming,
        _ allowance: inout FoldedDirectories.Allowance, _ patience: Patience, _ fate: inout CandidateFate
    ) throws(SystemError) -> OpenFile {
        do throws(SystemError) {
            guard naming.ignoresCase else { return try root.open(path.text, patience) }
            var spelling: String?
            let file = try open(path, beneath: root, &allowance, patience, &spelling)
            fate = .answers(spelling: spelling)
            return file
        } catch {
            guard error.isMissing, let file = try media.open(path, beneath: root, patience) else { throw error }
            fate = .answersFromImage
            return file
        }
    }

    /// The file of that very name, or one that differs in case, and its true spelling then.
    private func open(
        _ path: RequestPath, beneath root: RootDirectory, _ allowance: inout FoldedDirectories.Allowance,
        _ patience: Patience, _ spelling: inout String?
    ) throws(SystemError) -> OpenFile {
        do throws(SystemError) {
            return try root.open(path.text, patience)
        } catch {
            guard error.isMissing else { throw error }
            spelling = try folded.spelling(of: path, beneath: root, &allowance, patience)
            guard let spelling, !spelling.utf8.elementsEqual(path.text.utf8) else { throw error }
            return try root.open(spelling, patience)
        }
    }

    /// A file that is there but may not be read says more than one that is missing.
    private func problem(_ error: SystemError, unless worst: AssetProblem) -> AssetProblem {
        if error.isMissing { return worst }
        if error.isPermission || error.leavesRoot { return .denied }
        return error.isNoRegularFile ? .notFound : .unreadable
    }
}
