import BootPolicy
import Testing

@Suite("request paths and assets")
struct RequestPathTests {
    private static func read(_ name: some Sequence<UInt8>) -> Result<String, RequestPath.Problem> {
        do throws(RequestPath.Problem) {
            return .success(try RequestPath(name).text)
        } catch {
            return .failure(error)
        }
    }

    @Test(
        "C135 T37 the many spellings of one file",
        arguments: [
            ("snponly.efi", "snponly.efi"), ("/snponly.efi", "snponly.efi"), ("//grub//grub.cfg", "grub/grub.cfg"),
            ("//grub/grub.cfg-01-52-54", "grub/grub.cfg-01-52-54"),

            ("\\Boot\\BCD", "Boot/BCD"), ("a\\b/c", "a/b/c"), ("./a/./b", "a/b"), ("a/", "a"), ("/a/.//", "a"),
            ("...", "..."), ("..a/b..", "..a/b.."), (".hidden", ".hidden"), ("a b", "a b"), ("~", "~"),
            ("%2e%2e/a", "%2e%2e/a"),
            ("größe/Ω", "größe/Ω"), ("-x", "-x"),
        ])
    func spellings(name: String, text: String) {
        #expect(Self.read(name.utf8) == .success(text))
    }

    @Test("C136 an end mark of option 67 behind the name", arguments: 0...3)
    func endMark(count: Int) {
        #expect(Self.read(Array("ipxe.efi".utf8) + [UInt8](repeating: 0xFF, count: count)) == .success("ipxe.efi"))
    }

    @Test(
        "T37 what firmware leaves behind a name: end marks and the NULs of the field, mixed",
        arguments: [[0xFF], [0], [0, 0, 0], [0xFF, 0], [0, 0xFF], [0xFF, 0, 0xFF, 0xFF, 0]] as [[UInt8]])
    func padding(octets: [UInt8]) {
        #expect(Self.read(Array("\\Boot\\BCD".utf8) + octets) == .success("Boot/BCD"))
        #expect(Self.read([0x61] + octets + [0x62]) == .failure(.unreadable))
    }

    @Test(
        "T36 what leads out of the root",
        arguments: [
            "..", "../a", "a/..", "a/../b", "/../a", "..\\a", "a\\..\\b", "//..//", "./..", "a/b/../../../c",
            // A slash that carries an accent is still a slash.
            "../\u{301}a", "a/..\\\u{338}b", "\u{301}/../\u{301}",
        ])
    func leavesRoot(name: String) {
        #expect(Self.read(name.utf8) == .failure(.leavesRoot))
    }

    @Test("parts are cut at every slash, accent or not")
    func accents() {
        #expect(Self.read("a//\u{301}b".utf8) == .success("a/\u{301}b"))
        #expect(Self.read("a/.\\\u{301}b".utf8) == .success("a/\u{301}b"))
    }

    @Test("T38 nothing left", arguments: ["", "/", "//", ".", "./", "\\", "/./."])
    func empty(name: String) {
        #expect(Self.read(name.utf8) == .failure(.empty))
        #expect(Self.read(Array(name.utf8) + [0xFF]) == .failure(.empty))
    }

    @Test("T129 control octets", arguments: Array(0...0x1F) + [0x7F] as [UInt8])
    func control(octet: UInt8) {
        #expect(Self.read([0x61, octet, 0x62]) == .failure(.unreadable))
        #expect(Self.read([octet]) == .failure(octet == 0 ? .empty : .unreadable))
    }

    @Test(
        "what is not UTF-8",
        arguments: [
            [0x80], [0xC0, 0xAF], [0x61, 0xFF, 0x62], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3],
            [0xE0, 0x80, 0xAF],
        ] as [[UInt8]])
    func notUTF8(octets: [UInt8]) {
        #expect(Self.read(octets) == .failure(.unreadable))
        #expect(Self.read([0x2E, 0x2E] + octets) == .failure(.unreadable))
    }

    @Test("T130 at most 4,095 octets", arguments: [4095, 4096, 70_000])
    func length(count: Int) {
        let name = [UInt8](repeating: 0x61, count: count)
        let read = Self.read(name)
        if count <= 4095 {
            #expect(read == .success(String(repeating: "a", count: count)))
        } else {
            #expect(read == .failure(.tooLong))
        }
    }

    @Test(
        "a real file comes first, then the script, then the loader of that name",
        arguments: [
            ("vmlinuz", []), ("boot.ipxe", [.script(.ipxe, .target(.standard))]),
            ("/boot.ipxe", [.script(.ipxe, .target(.standard))]), ("sub/boot.ipxe", []),
            ("BOOT.IPXE", []),
            ("snponly.efi", [.hostFile(path: "/usr/lib/ipxe/snponly.efi")]),
            ("undionly.kpxe", [.hostFile(path: "/usr/lib/ipxe/undionly.kpxe")]),
            ("memdisk", [.hostFile(path: "/usr/lib/syslinux/memdisk")]),
            ("bios/menu.c32", [.hostFile(path: "/usr/lib/syslinux/modules/bios/menu.c32")]),
            ("ipxe/snponly.efi", []), ("usr/lib/ipxe/snponly.efi", []),
        ] as [(String, [Asset])])
    func candidates(name: String, others: [Asset]) throws {
        let path = try RequestPath(name.utf8)
        #expect(Files.assets(path, in: .debian) == [.rootFile(path)] + others)
    }

    @Test("a loader named like the script comes behind it")
    func loaderNamedLikeScript() throws {
        let catalog = Catalog().changing { $0.loaders[.bios] = [Loader(path: "/srv/boot.ipxe")] }
        let path = try RequestPath("boot.ipxe".utf8)
        #expect(
            Files.assets(path, in: catalog) == [
                .rootFile(path), .script(.ipxe, .target(.standard)), .hostFile(path: "/srv/boot.ipxe"),
            ])
    }
}
