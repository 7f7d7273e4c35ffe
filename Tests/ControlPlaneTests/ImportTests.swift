import BootPolicy
import ControlPlane
import Foundation
import LinuxIO
import Media
import Support
import Testing

@Suite("importing an image")
struct ImportTests {
    /// A root, and an image beside it.
    private final class Stand {
        let path = NSTemporaryDirectory() + "/pilotfish-import-" + UUID().uuidString
        var root: String { path + "/root" }
        var iso: String { path + "/medium.iso" }

        init(_ builder: ImageBuilder) throws {
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            try Data(builder.octets).write(to: URL(filePath: iso))
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: "\(root)/\(name)"))) }

        var written: [String] {
            ((try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []).sorted()
        }
    }

    private static let arch = ImageBuilder([
        "arch/boot/x86_64/vmlinuz-linux", "arch/boot/x86_64/initramfs-linux.img", "arch/x86_64/airootfs.sfs",
    ])

    @Test("kernel, RAM disks and index are written, and the settings say what to boot")
    func whole() throws {
        let stand = try Stand(Self.arch)
        let found = try MediumImport(path: stand.iso, name: "arch", root: stand.root)
        #expect(stand.written.isEmpty)
        try found.write(settings: stand.path, replaces: false)
        #expect(
            stand.written == [
                "images", "images/arch", "images/arch/initramfs-linux.img", "images/arch/medium.index",
                "images/arch/vmlinuz-linux",
            ])
        #expect(try stand.read("images/arch/vmlinuz-linux") == Array("arch/boot/x86_64/vmlinuz-linux".utf8))
        let index = try MediumIndex(try stand.read("images/arch/medium.index"))
        #expect(index == found.index && index.image.path.hasSuffix("/medium.iso"))
        let settings = try stand.read("../arch.toml")
        #expect(
            String(decoding: settings, as: UTF8.self) == """
                # arch, x64, from \(try realPath(stand.iso))
                # MiB of memory: kernel 1 + RAM disks 1, packed and unpacked + arch/x86_64/airootfs.sfs 1 + 512 to work in
                [target.arch]
                title = "Arch Linux (TEST)"
                ram = 515
                kernel = "images/arch/vmlinuz-linux"
                initrd = ["images/arch/initramfs-linux.img"]
                arguments = "archisobasedir=arch archiso_http_srv=${base}/images/arch/tree/ ip=dhcp BOOTIF=${bootif}"

                """)
    }

    @Test("a title with quotes is still a text of the settings")
    func quotes() throws {
        var builder = ImageBuilder(["casper/vmlinuz", "casper/initrd"])
        builder.files[".disk/info"] = Array("Ubuntu 24.04 \"Noble \\ Numbat\"\u{7F}\n".utf8)
        let stand = try Stand(builder)
        let found = try MediumImport(path: stand.iso, name: "u", root: stand.root)
        #expect(found.fragment.text.contains("title = \"Ubuntu 24.04 \\\"Noble \\\\ Numbat\\\"\"\n"))
        #expect(found.fragment.text.contains("url=${base}/images/u/medium.iso "))
    }

    @Test("what is there is kept, unless it is to be replaced; and nothing of a failure stays")
    func existing() throws {
        let stand = try Stand(Self.arch)
        let found = try MediumImport(path: stand.iso, name: "arch", root: stand.root)
        #expect(throws: MediumImport.Failure.self) {
            try found.write(settings: stand.path + "/absent", replaces: false)
        }
        #expect(stand.written.isEmpty)
        try found.write(settings: nil, replaces: false)
        #expect(throws: MediumImport.Failure.self) { try found.write(settings: nil, replaces: false) }
        try found.write(settings: nil, replaces: true)
        #expect(stand.written.count == 5)
    }

    @Test("an image that changes while it is read is not imported")
    func changing() throws {
        let stand = try Stand(Self.arch)
        let found = try MediumImport(path: stand.iso, name: "arch", root: stand.root)
        try Data(Self.arch.octets + [0]).write(to: URL(filePath: stand.iso))
        #expect(throws: MediumImport.Failure.self) { try found.write(settings: nil, replaces: false) }
        #expect(stand.written.isEmpty)
    }

    @Test(
        "a serial console, in each system's own words",
        arguments: [
            (["images/install.img"] + pxeboot, "BOOTIF=${bootif} console=tty0 console=ttyS1,115200n8 inst.text"),
            (
                ["live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs", "Clonezilla-Live-Version"],
                "console=tty0 console=ttyS1,115200n8 ocs_live_run_tty=/dev/ttyS1"
            ),
            (["casper/vmlinuz", "casper/initrd"], "BOOTIF=${bootif} console=tty0 console=ttyS1,115200n8"),
        ])
    func console(files: [String], words: String) throws {
        let stand = try Stand(ImageBuilder(files))
        let found = try MediumImport(path: stand.iso, name: "m", root: stand.root, console: "ttyS1,115200n8")
        #expect(found.fragment.text.contains("\(words)\"\n"))
    }

    private static let pxeboot = ["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"]

    @Test("Debian's installer boots with its netboot files only")
    func netboot() throws {
        let stand = try Stand(ImageBuilder([".disk/info", "install.amd/vmlinuz", "install.amd/initrd.gz"]))
        #expect(throws: MediumImport.Failure.self) { try MediumImport(path: stand.iso, name: "d", root: stand.root) }
        for name in ["linux", "initrd.gz"] { try Data(name.utf8).write(to: URL(filePath: "\(stand.path)/\(name)")) }
        let found = try MediumImport(
            path: stand.iso, name: "d", root: stand.root, kernel: stand.path + "/linux",
            initrds: [stand.path + "/initrd.gz"])
        try found.write(settings: nil, replaces: false)
        #expect(try stand.read("images/d/initrd.gz") == Array("initrd.gz".utf8))
        #expect(found.fragment.target.files == ["images/d/linux", "images/d/initrd.gz"])
    }
}
