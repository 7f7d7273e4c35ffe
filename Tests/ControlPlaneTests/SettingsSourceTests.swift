import BootPolicy
import ControlPlane
import Foundation
import Settings
import Testing

/// The settings file, and those in `conf.d` beside it.
@Suite final class SettingsSourceTests {
    private let directory = NSTemporaryDirectory() + "/pilotfish-settings-" + UUID().uuidString

    init() throws {
        try FileManager.default.createDirectory(atPath: directory + "/conf.d", withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    private var source: SettingsSource { SettingsSource(path: directory + "/p.toml", overrides: Overrides()) }

    private func write(_ text: String, to name: String) throws {
        try text.write(toFile: "\(directory)/\(name)", atomically: true, encoding: .utf8)
    }

    private func complaint(_ load: () throws(SettingsSource.Failure) -> Settings) -> String? {
        do throws(SettingsSource.Failure) {
            _ = try load()
            return nil
        } catch {
            return "\(error)".replacing(directory + "/", with: "")
        }
    }

    @Test func filesOfTheDirectoryGoOverTheNamedOneInOrder() throws {
        try write("user = 'a'\nboot.target = 'b'\nmode = 'observe'", to: "p.toml")
        try write("user = 'second'\n[target.b]\nkernel = 'k'", to: "conf.d/20.toml")
        try write("user = 'first'\nmode = 'frozen'", to: "conf.d/10.toml")
        try write("user = 'nobody'", to: "conf.d/30.toml.bak")
        try write("user = 'nobody'", to: "conf.d/.hidden.toml")
        let settings = try source.load()
        #expect(settings.user == "second")
        #expect(settings.mode == .frozen)
        #expect(settings.targetBook.usual == settings.targetBook["b"])
    }

    @Test func whatIsOutOfReachWaitsForARestart() throws {
        var source = source
        source.isWithinReach = { !$0.hasPrefix("/out/of/reach") }
        try write("user = 'a'", to: "p.toml")
        #expect(complaint(source.load) == nil)
        try write(
            "loaders.bios = ['/out/of/reach/b', 'beneath', '/within/a']\nsecrets.x = '/out/of/reach/a'", to: "p.toml")
        let text = complaint(source.load)
        #expect(text?.hasPrefix("/out/of/reach/a, /out/of/reach/b: ") == true)
        #expect(text?.hasSuffix("; restart it") == true)
    }

    @Test func certificatesAreReadByWhoFetches() throws {
        var source = source
        source.isWithinReach = { !$0.hasPrefix("/of/the/fetcher") }
        source.isWithinFetchersReach = { $0.hasPrefix("/of/the/fetcher") }
        try write("webhook.ca-file = '/of/the/fetcher/ca.pem'", to: "p.toml")
        #expect(complaint(source.load) == nil)
        try write("webhook.ca-file = '/of/the/service/ca.pem'", to: "p.toml")
        let text = complaint(source.load)
        #expect(text?.hasPrefix("/of/the/service/ca.pem: the process that asks other servers ") == true)
        #expect(text?.hasSuffix("; restart the service") == true)
    }

    @Test func noDirectoryIsNoError() throws {
        try FileManager.default.removeItem(atPath: directory + "/conf.d")
        try write("user = 'a'", to: "p.toml")
        #expect(try source.load().user == "a")
    }

    @Test func whatIsWrongIsToldOfAllFilesWithTheirNames() throws {
        try write("boot.target = 'b'\nuser = 3", to: "p.toml")
        try write("moed = 'frozen'", to: "conf.d/10.toml")
        #expect(
            complaint(source.load) == """
                p.toml:1:15: boot.target: there is no target or menu "b"; write a table [target.b]
                p.toml:2:8: user: expected a text in quotes (the name of an account), found the number 3
                conf.d/10.toml:1:1: unknown key "moed"; did you mean "mode"?
                """)
    }

    @Test func aFileCanBeTriedBeforeItIsWritten() throws {
        try write("boot.target = 'b'", to: "p.toml")
        let file = directory + "/conf.d/target-b.toml"
        #expect(try source.load(with: file, being: Array("target.b.kernel = 'k'".utf8)).targets["b"] != nil)
        #expect(!FileManager.default.fileExists(atPath: file))
        try write("target.b.kernel = 'k'", to: "conf.d/target-b.toml")
        let gone = "p.toml:1:15: boot.target: there is no target or menu \"b\"; write a table [target.b]"
        #expect(complaint { () throws(SettingsSource.Failure) in try source.load(with: file, being: nil) } == gone)
        #expect(try source.load().targets["b"] != nil)
    }

    @Test func targetsAreListedWithWhatIsMissing() throws {
        try write(
            """
            boot.target = 'b'
            [target.b]
            kernel = 'k'
            initrd = 'i'
            [target.m]
            memdisk = 'd.img'
            ram = 64
            [menu.z]
            items = ['b', 'local']
            """, to: "p.toml")
        let list = TargetList(try source.load().targetBook) { $0 == "k" ? .root(7) : nil }
        #expect(
            list.lines(json: false) == [
                "* b  \"b\"  kernel on all\n    k  7 octets\n    i  cannot be read",
                "  m  \"m\"  memdisk on bios  64 MiB\n    d.img  cannot be read",
                "  z  \"z\"  menu: b, local",
            ])
        #expect(
            list.lines(json: true)[1]
                == "{\"name\":\"m\",\"title\":\"m\",\"kind\":\"memdisk\",\"usual\":false,\"platforms\":[\"bios\"],"
                + "\"items\":[],\"ram\":64,\"files\":[{\"path\":\"d.img\",\"size\":null}]}")
    }

    @Test func filesOfOtherServersAreListedWithTheirURLs() throws {
        try write("[target.b]\nkernel = 'https://a.example/k'", to: "p.toml")
        let catalog = try source.load().catalog { _ in true }
        let list = TargetList(catalog.targets) { catalog.upstreamURL(of: $0).map { .upstream(url: $0) } }
        #expect(
            list.lines(json: false).last
                == "  b  \"b\"  kernel on all\n    mirror/~https-a.example/k  fetched once from https://a.example/k, and kept"
        )
        #expect(
            list.lines(json: true).last?.hasSuffix(
                "\"files\":[{\"path\":\"mirror/~https-a.example/k\",\"size\":null,\"upstream\":\"https://a.example/k\"}]}"
            )
                == true)
    }
}
