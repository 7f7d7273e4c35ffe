import Assets
import BootPolicy
import Glibc
import LinuxIO
import Passwords
import Settings
import Templates

/// Reads the templates of answer files and the secrets that they may hold.
struct AnswerLoader {
    private static let ending = ".mustache"
    private static let largestTemplate = 1 << 20
    private static let largestSecret = 1 << 16
    private static let mostNames = 1000
    /// Directories in directories: `nocloud/user-data`.
    private static let deepest = 4

    /// Where systemd lays what `LoadCredential=` names (systemd.exec(5)); nil without it.
    var credentials = getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) }

    /// Puts into the settings what the files of this host say.
    ///
    /// - Throws: everything that is wrong, at once.
    func complete(_ settings: inout Settings) throws(SettingsErrors) {
        settings.answers = try load(settings)
        settings.locks = try locks(settings)
    }

    private func locks(_ settings: Settings) throws(SettingsErrors) -> [String: MenuLock] {
        var errors: [SettingsError] = []
        var locks: [String: MenuLock] = [:]
        for (menu, secret) in settings.menuPasswords.sorted(by: { $0.key < $1.key }) {
            locks[menu] = collect(&errors, key: "menu.\(menu).password") { () throws(Fault) -> MenuLock in
                guard let password = settings.answers.secrets[secret] else {
                    throw Fault(text: "there is no secret \"\(secret)\"; name its file in [secrets]")
                }
                guard !password.isEmpty, let hashes = PasswordHashes(password, salt: Self.salt()) else {
                    throw Fault(text: "the secret \"\(secret)\" is empty, or longer than a password can be")
                }
                return MenuLock(menu: menu, password: password, crypt: hashes.crypt, grub: hashes.grub)
            }
        }
        guard errors.isEmpty else { throw SettingsErrors(errors) }
        return locks
    }

    private static func salt() -> [UInt8] {
        var chance = SystemRandomNumberGenerator()
        return (0..<16).map { _ in UInt8.random(in: 0...255, using: &chance) }
    }

    /// - Throws: everything that is wrong, at once.
    func load(_ settings: Settings) throws(SettingsErrors) -> AnswerBook {
        var errors: [SettingsError] = []
        let templates = collect(&errors, key: "templates") { () throws(Fault) -> [String: String] in
            try self.templates(beneath: settings.templates, isUsual: settings.templates == Settings().templates)
        }
        var secrets: [String: String] = [:]
        let handedOver = collect(&errors, key: "CREDENTIALS_DIRECTORY") {
            () throws(Fault) -> [(key: String, value: String)] in
            try self.handedOver()
        }
        for (name, path) in (handedOver ?? []) + settings.secrets.sorted(by: { $0.key < $1.key }) {
            secrets[name] = collect(&errors, key: "secrets.\(name)") { () throws(Fault) -> String in
                try secret(path, isHandedOver: settings.secrets[name] != path)
            }
        }
        checkToken(settings.webhookSecret, of: "webhook.bearer", settings, among: secrets, &errors)
        checkToken(settings.api.token, of: "api.token", settings, among: secrets, &errors)
        for hook in settings.hooks.values.sorted(by: { $0.name < $1.name }) {
            checkToken(hook.secret, of: "hook.\(hook.name).bearer", settings, among: secrets, &errors)
        }
        do throws(TemplateFault) {
            let book = try AnswerBook(reading: templates ?? [:], secrets: secrets)
            if errors.isEmpty { return book }
        } catch {
            let place = Place(line: error.line, column: 1)
            let file = "\(settings.templates)/\(error.name)\(Self.ending)"
            errors.insert(SettingsError(file: file, place: place, key: "", message: error.message), at: 0)
        }
        throw SettingsErrors(errors)
    }

    /// What endpoints are shown stands in a field of HTTP.
    ///
    /// - Parameters:
    ///   - name: of the secret; empty for none.
    ///   - key: what names it.
    private func checkToken(
        _ name: String, of key: String, _ settings: Settings, among secrets: [String: String],
        _ errors: inout [SettingsError]
    ) {
        guard !name.isEmpty, settings.secrets[name] == nil || secrets[name] != nil else { return }
        let message: String
        if let token = secrets[name] {
            guard token.isEmpty || !token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return }
            message = "the secret \"\(name)\" is empty or holds more than printable ASCII, so HTTP cannot carry it"
        } else {
            message = "there is no secret \"\(name)\"; write it into [secrets]"
        }
        errors.append(SettingsError(file: "", place: nil, key: key, message: message))
    }

    private struct Fault: Error {
        let text: String
    }

    private func collect<Value>(
        _ errors: inout [SettingsError], key: String, _ body: () throws(Fault) -> Value
    ) -> Value? {
        do throws(Fault) {
            return try body()
        } catch {
            errors.append(SettingsError(file: "", place: nil, key: key, message: error.text))
            return nil
        }
    }

    // MARK: Templates

    private func templates(beneath path: String, isUsual: Bool) throws(Fault) -> [String: String] {
        do throws(SystemError) {
            var texts: [String: String] = [:]
            try read(RootDirectory(path: path), in: "", depth: 0, into: &texts)
            return texts
        } catch {
            // Who has none need not make a directory for them.
            guard isUsual, error.isMissing else { throw Fault(text: "\(error)") }
            return [:]
        }
    }

    private func read(
        _ root: RootDirectory, in directory: String, depth: Int, into texts: inout [String: String]
    ) throws(SystemError) {
        let all = try root.openDirectory(directory).names(limit: Self.mostNames)
        guard all.isComplete else { throw .tooLarge("read", "\(root.path)/\(directory)") }
        for name in all.names.sorted() where !name.hasPrefix(".") {
            let path = directory.isEmpty ? name : "\(directory)/\(name)"
            if name.hasSuffix(Self.ending) {
                let octets = try root.open(path).contents(limit: Self.largestTemplate)
                texts[String(path.dropLast(Self.ending.count))] = String(decoding: octets, as: UTF8.self)
            } else if depth < Self.deepest, isDirectory(path, root) {
                try read(root, in: path, depth: depth + 1, into: &texts)
            }
        }
    }

    private func isDirectory(_ path: String, _ root: RootDirectory) -> Bool {
        (try? root.openDirectory(path)) != nil
    }

    // MARK: Secrets

    private func handedOver() throws(Fault) -> [(key: String, value: String)] {
        guard let credentials else { return [] }
        do throws(SystemError) {
            let names = try RootDirectory(path: credentials).openDirectory("").names(limit: Self.mostNames)
            return names.names.sorted().map { ($0, "\(credentials)/\($0)") }
        } catch {
            // systemd lets the unit's user read them, and nobody else.
            throw Fault(text: "\(error); name the service's user in the unit (User=), not in the settings only")
        }
    }

    /// Who this process is, which need not be whom the settings name.
    private static var user: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "\(geteuid())"
    }

    private static var group: String {
        getgrgid(getegid()).map { String(cString: $0.pointee.gr_name) } ?? "\(getegid())"
    }

    /// The text of a file without the line end that editors put behind it.
    private func secret(_ path: String, isHandedOver: Bool) throws(Fault) -> String {
        let text: String
        let isForAll: Bool
        do throws(SystemError) {
            let file = try OpenFile(hostPath: path)
            isForAll = file.isForAll
            text = String(decoding: try file.contents(limit: Self.largestSecret), as: UTF8.self)
        } catch {
            guard error.isPermission, !isHandedOver else { throw Fault(text: "\(error)") }
            throw Fault(
                text: """
                    \(error); it is read as the user \(Self.user): chgrp \(Self.group) \(path); chmod 640 \(path)
                    """)
        }
        guard isHandedOver || !isForAll else {
            throw Fault(text: "every user of this host can read \(path); chmod o-r, and give it to the service's group")
        }
        return text.last?.isNewline == true ? String(text.dropLast()) : text
    }
}
