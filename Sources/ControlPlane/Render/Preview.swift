package import Assets
package import BootPolicy
import LinuxIO
package import Wire

/// What a machine gets under a path, for people to read.
package enum Preview {
    private static let largestFile = 1 << 20

    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    /// - Parameters:
    ///   - path: as the machine asks for it.
    ///   - local: our address, as the machine reaches it.
    package static func text(
        of path: String, for requester: Requester, local: IPAddress, in catalog: Catalog, assets: AssetStore
    ) throws(Failure) -> String {
        let octets: [UInt8]
        do throws(AssetProblem) {
            switch try assets.open(path.utf8, for: requester, catalog: catalog, local: local) {
            case .generated(let made): octets = made
            // Only the service fetches.
            case .growing: octets = [0]
            case .file(let file): octets = (try? file.contents(limit: largestFile)) ?? [0]
            }
        } catch {
            throw Failure("\(path) \(describe(error, catalog))")
        }
        guard let text = String(validating: octets, as: UTF8.self), !octets.contains(0) else {
            throw Failure("\(path) is no text; \"pilotfish explain --file\" says which file it is")
        }
        return text
    }

    private static func describe(_ problem: AssetProblem, _ catalog: Catalog) -> String {
        switch problem {
        case .notFound:
            let templates = catalog.answers.names.map { "\(AnswerBook.directory)/\($0)" }
            return "is nothing that is served; answer files are "
                + (templates.isEmpty ? "made of templates, and there are none" : templates.joined(separator: ", "))
        case .denied: return "is refused: it may not be read, or is another machine's than the one of this address"
        case .unreadable: return "cannot be read"
        case .notWritten(let why): return "cannot be written down: \(why)"
        case .upstream(let failure): return "is another server's, which does not give it: \(failure.text)"
        case .locked: return "is for those who have the menu's password"
        case .incomplete(let missing):
            return "would have holes: no value is known for \(missing.joined(separator: ", ")); write such into "
                + "[variables] or [machine.NAME.variables]"
        }
    }
}
