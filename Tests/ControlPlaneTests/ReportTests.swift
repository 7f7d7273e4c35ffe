import Foundation
import Testing

@testable import ControlPlane

/// What leaves the house with `pilotfish bugreport`.
@Suite("bug reports")
struct ReportTests {
    /// A text with a secret in it.
    struct Planted: Sendable, CustomTestStringConvertible {
        let text: String
        let secret: String
        /// What has to stay.
        let rest: String

        init(_ text: String, _ secret: String, _ rest: String) {
            (self.text, self.secret, self.rest) = (text, secret, rest)
        }

        var testDescription: String { text }
    }

    @Test(
        "secrets are masked, and what is none stays",
        arguments: [
            Planted(
                "http://10.0.0.1/install/abcdefghijklmnopqrstuvwx23/kernel", "abcdefghijklmnopqrstuvwx23", "/kernel"),
            Planted("install\\abcdefghijklmnopqrstuvwx23\\done", "abcdefghijklmnopqrstuvwx23", "done"),
            Planted("https://root:Hunter2x@mirror.example/debian", "Hunter2x", "mirror.example/debian"),
            Planted("https://Hunter2x@git.example/", "Hunter2x", "git.example"),
            Planted("quiet password=Hunter2x console=ttyS0", "Hunter2x", "console=ttyS0"),
            Planted("passwd/root-password=Hunter2x auto=true", "Hunter2x", "auto=true"),
            Planted("arguments = \"k3s.token=Hunter2x ip=dhcp\"", "Hunter2x", "ip=dhcp"),
            Planted("password = \"Hunter2x and more\"", "Hunter2x and more", "password"),
            Planted("{\"admin_password\":\"Hunter2x\",\"mac\":\"52:54:00:00:00:01\"}", "Hunter2x", "52:54:00:00:00:01"),
            Planted("{\\\"secret\\\":\\\"Hunter2x\\\",\\\"a\\\":1}", "Hunter2x", "a"),
            Planted("GET /x?api_key=Hunter2x&b=2 HTTP/1.1", "Hunter2x", "b=2"),
            Planted("passphrase: Hunter2x correct horse", "horse", "passphrase"),
            Planted("Authorization: Bearer Hunter2xHunter2x", "Hunter2x", "Authorization"),
            Planted("authorization=basic SHVudGVyMng=", "SHVudGVyMng", "authorization"),
            Planted("curl -H 'X: 1' --token Hunter2x --retry 3", "Hunter2x", "--retry 3"),
            Planted("rootpw --plaintext Hunter2x", "Hunter2x", "rootpw"),
            Planted("d-i passwd/root-password password Hunter2x", "Hunter2x", "passwd"),
            Planted("root:$6$salt$Hunter2xHunter2x:19000:0", "Hunter2x", "19000"),
            Planted("hash $y$j9T$Hunter2x$Hunter2x0 end", "Hunter2x", "end"),
            Planted("superusers grub.pbkdf2.sha512.10000.Hunter2xHunter2x", "Hunter2x", "superusers"),
            Planted("-----BEGIN PRIVATE KEY-----\nHunter2x\n-----END PRIVATE KEY-----\nafter", "Hunter2x", "after"),
            Planted("wifi psk=Hunter2x,mode=1", "Hunter2x", "mode=1"),
            Planted("ssh_host_key=Hunter2x next", "Hunter2x", "next"),
        ])
    func masks(planted: Planted) {
        let masked = SecretMask.masked(planted.text)
        #expect(!masked.contains(planted.secret), "\(masked)")
        #expect(masked.contains(planted.rest), "\(masked)")
        #expect(masked.contains(SecretMask.mask))
    }

    @Test(
        "what helps stays as it is",
        arguments: [
            "uuid 4c4c4544-0042-3510-8051-b4c04f4a3132", "52:54:00:12:34:56 (10.0.0.5) otter-amber-lake",
            "keyboard=de keymap=us", "tftp.workers = 4", "{\"protected\":true,\"octets\":12345678901234}",
            "webhook.bearer = \"panel\"", "http://10.77.0.1/vmlinuz", "sha256 = \"00ff\"", "{\"has_secret\":true}",
        ])
    func keeps(text: String) {
        #expect(SecretMask.masked(text) == text)
    }

    @Test("an archive is one that tar reads")
    func archive() throws {
        var archive = TarArchive(time: 1_700_000_000)
        let long = [UInt8](repeating: 0x61, count: 1025)
        archive.add("r/one", Array("first".utf8))
        archive.add("r/none", [])
        archive.add("r/long", long)
        let file = FileManager.default.temporaryDirectory.appending(path: "pilotfish-\(UUID().uuidString).tar.gz")
        try Data(try BugReport.compressed(archive.whole)).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let list = try ForeignProgram.run(["tar", "-tzf", file.path], seconds: 20)
        #expect(list.status == 0 && String(decoding: list.output, as: UTF8.self) == "r/one\nr/none\nr/long\n")
        let contents = try ForeignProgram.run(["tar", "-xzOf", file.path, "r/one", "r/long"], seconds: 20)
        #expect(Array(contents.output) == Array("first".utf8) + long)
    }

    @Test("a command that is not there leaves a file that says so")
    func missing() throws {
        let report = BugReport(program: "/nowhere/pilotfish", location: ["--state", "/x"], settings: "/x.toml")
        let (archive, missing) = report.collect(time: 0)
        let text = String(decoding: archive.whole, as: UTF8.self)
        #expect(missing.contains("status") && !missing.contains("kernel"))
        #expect(text.contains("/nowhere/pilotfish status --state /x was not run: there is no such program"))
        #expect(text.contains("Look at\nthe files before you send them"))
    }
}
