package import Assets
package import BootPolicy
import LinuxIO
import Wire

/// What a rehearsed machine finds: the settings that hold, and the files that would be served. Nothing in it remembers that
/// it was asked.
package struct RehearsalWorld: Sendable {
    package var catalog: Catalog
    /// Must neither fetch from other servers nor take steps of installs.
    package var assets: AssetStore
    /// Says what an install would answer, and writes nothing down; nil where no machine is installed.
    package var installs: (any InstallSource)?
    /// Who asks, with the install that speaks for it.
    package var enrol: @Sendable (Requester, RequestPath?) -> Requester

    /// - Parameters:
    ///   - root: what is served.
    ///   - installs: takes steps of installs without any effect.
    package init(
        catalog: Catalog, root: ServedRoot, installs: (any InstallSource)? = nil,
        enrol: @escaping @Sendable (Requester, RequestPath?) -> Requester = { requester, _ in requester }
    ) {
        self.catalog = catalog
        self.installs = installs
        self.enrol = enrol
        assets = AssetStore(root: root, installs: installs)
    }

    /// The most octets of a file that are looked at.
    private static let mostOctets: Int64 = 1 << 20

    /// What a request gets.
    struct Found: Sendable {
        var answer: RehearsalStep.Answer
        /// How the file begins, or all of it; empty when nobody has it before it is fetched.
        var octets: [UInt8] = []
        /// Why the machine's install lets it wait, or is over.
        var verdict: InstallAnswer?

        var isThere: Bool {
            switch answer {
            case .found, .foreign: true
            case .refused: false
            }
        }

        /// Another server has it, and what it holds is not known here.
        var isElsewhere: Bool {
            switch answer {
            case .foreign, .found(.upstream, _): true
            case .found, .refused: false
            }
        }

        /// The file as a text, if that is what it is.
        var text: String? {
            guard !octets.isEmpty, !octets.prefix(4096).contains(0) else { return nil }
            return String(decoding: octets, as: UTF8.self)
        }
    }

    /// - Parameters:
    ///   - name: as the machine sends it, percent-decoded if it comes by HTTP.
    ///   - local: our address, as the machine reaches it.
    func find(_ name: String, for requester: Requester, local: IPAddress) -> Found {
        let cleaned = RequestPath.cleaning(name.utf8)
        let resolution = AssetResolver.resolve(cleaned, for: enrol(requester, try? cleaned.get()), in: catalog)
        var found = Found(answer: .refused(.notFound))
        if case .install(let step, let enrolment)? = resolution.candidates.first?.asset {
            found.verdict = installs?.take(step, of: enrolment)
        }
        let (_, fates, problem) = assets.explain(name.utf8, for: resolution.requester, catalog: catalog)
        if let problem {
            found.answer = .refused(TransferRefusal(problem))
            return found
        }
        if let last = fates.last, last.fate == .isFetched, case .mirrored(let plan, let path) = last.candidate.asset {
            found.answer = .found(.upstream(plan.url(of: path)), size: nil)
            return found
        }
        let source = fates.last.map { Self.source($0.candidate, $0.fate) } ?? .install
        do throws(AssetProblem) {
            let opened = try assets.open(resolution, catalog: catalog, local: local)
            let (octets, size) = Self.beginning(of: opened)
            (found.octets, found.answer) = (octets, .found(source, size: size))
        } catch {
            found.answer = .refused(TransferRefusal(error))
        }
        return found
    }

    private static func beginning(of asset: consuming OpenedAsset) -> ([UInt8], Int64?) {
        switch consume asset {
        case .generated(let octets): return (octets, Int64(octets.count))
        case .growing: return ([], nil)
        case .file(let file):
            let octets = (try? file.octets(0..<min(file.size, mostOctets))) ?? []
            return (octets, file.size)
        }
    }

    private static func source(_ candidate: Candidate, _ fate: CandidateFate) -> RehearsalStep.Source {
        switch candidate.asset {
        case .rootFile(let path):
            if fate == .answersFromImage { return .image(path.text) }
            if case .answers(let spelling?) = fate { return .file(spelling) }
            return .file(path.text)
        case .hostFile(let path): return .host(path)
        case .script(.ipxe, let entry): return .made("iPXE's script for \"\(entry.title)\"")
        case .script(.pxelinux, let entry): return .made("PXELINUX's configuration for \"\(entry.title)\"")
        case .script(.grub, let entry): return .made("GRUB's configuration for \"\(entry.title)\"")
        case .automaticScript: return .made("the script that asks DHCP")
        case .answerFile(let template, _): return .made("the answer file \(template)")
        case .text: return .made("a script")
        case .lockedScript, .foreignAnswerFile: return .made("nothing")
        case .mirrored(let plan, let path): return .upstream(plan.url(of: path))
        case .install: return .install
        }
    }
}
