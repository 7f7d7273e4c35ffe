import Foundation
import Templates
import Testing

/// `Packaging/templates`, which operators begin with.
@Suite("packaged templates")
struct PackagedTemplatesTests {
    private static let ending = ".mustache"

    private func book() throws -> (TemplateBook, names: [String]) {
        let house = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Packaging/templates")
        let names = try FileManager.default.subpathsOfDirectory(atPath: house.path)
            .filter { $0.hasSuffix(Self.ending) }.map { String($0.dropLast(Self.ending.count)) }
        let texts = try names.map { name in
            try (name, String(contentsOf: house.appending(path: name + Self.ending), encoding: .utf8))
        }
        return (try TemplateBook(Dictionary(uniqueKeysWithValues: texts)), names.sorted())
    }

    private func render(_ name: String, _ values: [String: TemplateValue]) throws -> String {
        try #require(try book().0.render(name, values))
    }

    @Test(
        "each needs no more than its head says, and says so if that is missing",
        arguments: [
            ("preseed.cfg", ["disk", "hostname", "secret.root-password"]),
            ("ks.cfg", ["disk", "hostname", "secret.root-password", "tree"]),
            ("nocloud/user-data", ["disk", "hostname", "secret.user-password", "user"]),
            ("nocloud/meta-data", ["hostname", "mac-dashed"]), ("nocloud/vendor-data", []),
            ("config.ign", ["hostname", "secret.core-password"]),
        ])
    func needs(name: String, missing: [String]) throws {
        #expect(try book().names.contains(name))
        guard !missing.isEmpty else {
            _ = try render(name, [:])
            return
        }
        #expect {
            try book().0.render(name, [:])
        } throws: {
            ($0 as? TemplateGap)?.missing.sorted() == missing
        }
    }

    @Test("a preseed with nothing but a disk installs from Debian's own mirror")
    func defaults() throws {
        let text = try render(
            "preseed.cfg",
            ["hostname": .text("web1"), "disk": .text("/dev/vda"), "secret": .group(["root-password": .text("$y$")])])
        for line in [
            "d-i netcfg/hostname string web1", "d-i mirror/http/hostname string deb.debian.org",
            "d-i mirror/http/directory string /debian", "d-i time/zone string Etc/UTC",
            "d-i preseed/early_command string true", "d-i pkgsel/include string",
            "d-i partman-auto/disk string /dev/vda",
        ] {
            #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)")
        }
        #expect(!text.contains("base-installer/kernel/image"))
    }

    /// What each template prints of an install, to the end of its line, with nothing else given than what it needs.
    @Test(
        "a machine that is installed says how that ended, and no other says anything",
        arguments: [
            ("preseed.cfg", ["/done && break;"]), ("ks.cfg", ["/fail/anaconda", "/done"]),
            ("nocloud/user-data", ["/done || true", "/fail/autoinstall"]), ("config.ign", ["/done"]),
            ("nocloud/meta-data", []), ("nocloud/vendor-data", []),
        ])
    func reports(name: String, words: [String]) throws {
        let install = "http://192.0.2.1/install/0123"
        var values: [String: TemplateValue] = [
            "hostname": .text("web1"), "mac-dashed": .text("52-54-00-12-34-56"), "disk": .text("vda"),
            "tree": .text("http://192.0.2.1/tree"), "user": .text("operator"),
            "secret": .group(
                ["root-password": .text("$y$"), "user-password": .text("$6$"), "core-password": .text("$y$")]),
        ]
        let usual = try render(name, values)
        #expect(!usual.contains("/done") && !usual.contains("/fail"))
        values["install"] = .text(install)
        let parts = try render(name, values).components(separatedBy: install).dropFirst()
        #expect(parts.count == words.count)
        for (part, word) in zip(parts, words) { #expect(part.hasPrefix(word), "\(part)") }
    }

    @Test("the lists of a JSON file have commas between their elements only", arguments: [0, 1, 3])
    func lists(count: Int) throws {
        let keys = (0..<count).map { "ssh-ed25519 \($0) \"quoted\"" }
        let text = try render(
            "config.ign",
            [
                "hostname": .text("web1"), "ssh-keys": .list(keys), "secret": .group(["core-password": .text("$y$")]),
                "install": .text("http://192.0.2.1/install/0123"),
            ])
        let top = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let users = try #require((top["passwd"] as? [String: Any])?["users"] as? [[String: Any]])
        #expect(users[0]["sshAuthorizedKeys"] as? [String] == keys)
        let units = try #require((top["systemd"] as? [String: Any])?["units"] as? [[String: Any]])
        #expect((units[0]["contents"] as? String)?.contains("http://192.0.2.1/install/0123/done\n") == true)
    }
}
