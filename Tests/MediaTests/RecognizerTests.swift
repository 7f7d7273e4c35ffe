import Media
import Support
import Testing

@Suite("what a medium is")
struct RecognizerTests {
    /// A medium of a kind: its files, and what must come of it.
    struct Sample: Sendable, CustomTestStringConvertible {
        let family: String
        let files: [String]
        let initrds: [String]
        let arguments: String
        var testDescription: String { family }
    }

    private static let samples = [
        Sample(
            family: "systemrescue",
            files: [
                "sysresccd/boot/x86_64/vmlinuz", "sysresccd/boot/x86_64/sysresccd.img",
                "sysresccd/boot/intel_ucode.img",
                "sysresccd/boot/amd_ucode.img", "sysresccd/x86_64/airootfs.sfs",
            ],
            initrds: [
                "sysresccd/boot/intel_ucode.img", "sysresccd/boot/amd_ucode.img", "sysresccd/boot/x86_64/sysresccd.img",
            ],
            arguments: "archisobasedir=sysresccd ip=dhcp checksum archiso_http_srv=${tree}/"),
        Sample(
            family: "arch",
            files: [
                "arch/boot/x86_64/vmlinuz-linux", "arch/boot/x86_64/initramfs-linux.img", "arch/x86_64/airootfs.sfs",
                "arch/boot/memtest86+/memtest.efi",
            ],
            initrds: ["arch/boot/x86_64/initramfs-linux.img"],
            arguments: "archisobasedir=arch archiso_http_srv=${tree}/ ip=dhcp"),
        Sample(
            family: "clonezilla",
            files: ["live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs", "Clonezilla-Live-Version"],
            initrds: ["live/initrd.img"],
            arguments: """
                boot=live union=overlay username=user config components quiet noswap edd=on nomodeset noprompt nosplash \
                ocs_live_run=ocs-live-general ocs_live_batch=no net.ifnames=0 fetch=${tree}/live/filesystem.squashfs
                """),
        Sample(
            family: "grml",
            files: [
                "boot/grml64full/vmlinuz", "boot/grml64full/initrd.img", "live/grml64-full/grml64-full.squashfs",
            ],
            initrds: ["boot/grml64full/initrd.img"],
            arguments: """
                boot=live fetch=${tree}/live/grml64-full/grml64-full.squashfs nomce net.ifnames=0
                """),
        Sample(
            family: "debian-installer",
            files: [".disk/info", "install.amd/vmlinuz", "install.amd/initrd.gz", "install.amd/gtk/initrd.gz"],
            initrds: ["install.amd/initrd.gz"], arguments: ""),
        Sample(
            family: "ubuntu",
            files: ["casper/vmlinuz", "casper/initrd", "casper/hwe-vmlinuz", "casper/hwe-initrd", ".disk/info"],
            initrds: ["casper/initrd"],
            arguments: "boot=casper ip=dhcp url=${image} cloud-config-url=/dev/null"),
        Sample(
            family: "redhat-installer",
            files: [
                ".discinfo", ".treeinfo", "images/install.img", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img",
            ],
            initrds: ["images/pxeboot/initrd.img"], arguments: "inst.stage2=${tree} ip=dhcp"),
        Sample(
            family: "redhat-installer",
            files: [".treeinfo", "LiveOS/squashfs.img", "images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"],
            initrds: ["images/pxeboot/initrd.img"], arguments: "inst.stage2=${tree} ip=dhcp"),
        Sample(
            family: "redhat-live",
            files: ["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", "LiveOS/squashfs.img"],
            initrds: ["images/pxeboot/initrd.img"],
            arguments: "root=live:${tree}/LiveOS/squashfs.img rd.live.image ip=dhcp"),
        Sample(
            family: "redhat-live",
            files: ["boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "LiveOS/squashfs.img"],
            initrds: ["boot/x86_64/loader/initrd"],
            arguments: "root=live:${tree}/LiveOS/squashfs.img rd.live.image ip=dhcp"),
        Sample(
            family: "alpine",
            files: ["boot/vmlinuz-lts", "boot/initramfs-lts", "boot/modloop-lts", "apks/x86_64/APKINDEX.tar.gz"],
            initrds: ["boot/initramfs-lts"],
            arguments: "modules=loop,squashfs ip=dhcp modloop=${tree}/boot/modloop-lts alpine_repo=${tree}/apks"),
        Sample(
            family: "opensuse",
            files: ["boot/x86_64/loader/linux", "boot/x86_64/loader/initrd", "boot/x86_64/root"],
            initrds: ["boot/x86_64/loader/initrd"], arguments: "install=${tree} ifcfg=*=dhcp"),
        Sample(
            family: "debian-live",
            files: ["live/vmlinuz-6.1.0-18-amd64", "live/initrd.img-6.1.0-18-amd64", "live/filesystem.squashfs"],
            initrds: ["live/initrd.img-6.1.0-18-amd64"],
            arguments: "boot=live components fetch=${tree}/live/filesystem.squashfs"),
    ]

    private static func recognize(_ builder: ImageBuilder) throws -> RecognizedMedium? {
        let source = ImageSource(builder.octets)
        return Recognizer.recognize(try ISOImage(source), source)
    }

    @Test("each kind by its files", arguments: samples)
    func kinds(sample: Sample) throws {
        let medium = try #require(try Self.recognize(ImageBuilder(sample.files)))
        #expect(medium.family == sample.family)
        #expect(medium.initrds.map(\.path) == sample.initrds)
        let arguments = [sample.arguments, "BOOTIF=${bootif}"].filter { !$0.isEmpty }.joined(separator: " ")
        #expect(medium.arguments == arguments)
        #expect(medium.memory.mebibytes > 0 && !medium.memory.reason.isEmpty)
        #expect((medium.lacks != nil) == (sample.family == "debian-installer"))
    }

    @Test("without one of its files, none of them is what it was", arguments: samples)
    func incomplete(sample: Sample) throws {
        var files = sample.files
        // The last RAM disk is the system's own.
        files.removeAll { $0 == sample.initrds.last }
        #expect(try Self.recognize(ImageBuilder(files))?.family != sample.family)
    }

    @Test("the medium says what it is called")
    func titles() throws {
        var ubuntu = ImageBuilder(["casper/vmlinuz", "casper/initrd"])
        #expect(try Self.recognize(ubuntu)?.title == "Ubuntu (TEST)")
        ubuntu.files[".disk/info"] = Array("Ubuntu-Server 24.04 LTS \"Noble\"\u{1B}[1m\nmore".utf8)
        #expect(try Self.recognize(ubuntu)?.title == "Ubuntu-Server 24.04 LTS \"Noble\"[1m")
    }

    /// The head of a kernel for x86.
    private static func kernel(is64: Bool, name: String = "") -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: 0x400)
        octets.replaceSubrange(0x202..<0x206, with: "HdrS".utf8)
        octets.replaceSubrange(0x206..<0x208, with: [0x0F, 0x02])
        octets[0x236] = is64 ? 1 : 0
        if !name.isEmpty { octets.replaceSubrange(0x20E..<0x210, with: [0x00, 0x02]) }
        return octets + Array(name.utf8) + [0]
    }

    @Test("the processor, by the kernel's head and else by names")
    func processors() throws {
        var medium = ImageBuilder(["live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs"])
        #expect(try Self.recognize(medium)?.processor == nil)
        medium.label = "KALI ARM64"
        #expect(try Self.recognize(medium)?.processor == .arm64)
        medium.files["live/vmlinuz"] = Self.kernel(is64: true)
        #expect(try Self.recognize(medium)?.processor == .x64)
        medium.files["live/vmlinuz"] = Self.kernel(is64: false)
        #expect(try Self.recognize(medium)?.processor == .ia32)
    }

    @Test("a memory test is one by its own word")
    func memtest() throws {
        var medium = ImageBuilder(["EFI/BOOT/bootx64.efi", "boot/floppy.img"])
        #expect(try Self.recognize(medium) == nil)
        medium.files["EFI/BOOT/bootx64.efi"] = Self.kernel(is64: true, name: "Memtest86+ v7.20")
        let found = try #require(try Self.recognize(medium))
        #expect(found.title == "Memtest86+ v7.20" && found.initrds.isEmpty && found.memory.mebibytes == 17)
    }

    @Test("memory: kernel, RAM disks packed and unpacked, what is fetched, room to work")
    func memory() throws {
        let mebibyte = 1 << 20
        var medium = ImageBuilder(["live/vmlinuz", "live/initrd.img", "live/filesystem.squashfs"])
        medium.files["live/vmlinuz"] = [UInt8](repeating: 0, count: 2 * mebibyte)
        medium.files["live/initrd.img"] = [UInt8](repeating: 0, count: mebibyte)
        medium.files["live/filesystem.squashfs"] = [UInt8](repeating: 0, count: 3 * mebibyte - 1)
        let need = try #require(try Self.recognize(medium)).memory
        #expect(need.mebibytes == 2 + 4 + 3 + 512)
        #expect(
            need.reason == """
                kernel 2 + RAM disks 4, packed and unpacked + live/filesystem.squashfs 3 + 512 to work in
                """)
    }

    @Test("memory: an image that may take half of it only needs twice its size")
    func share() throws {
        let octets = ImageBuilder(["casper/vmlinuz", "casper/initrd"]).octets
        let source = ImageSource(size: 1101 << 20) { Array(octets[Int($0.lowerBound)..<Int($0.upperBound)]) }
        let need = try #require(Recognizer.recognize(try ISOImage(source), source)).memory
        #expect(need.mebibytes == 2 * 1101 && need.reason.hasSuffix("what is fetched may take 50 % of the memory"))
    }

    @Test("of an unknown medium it is told what was seen")
    func unknown() throws {
        let image = try ISOImage(ImageSource(ImageBuilder(["setup.exe", "sources/boot.wim", "isolinux/linux"]).octets))
        #expect(Recognizer.recognize(image, ImageSource([])) == nil)
        #expect(
            Recognizer.describe(image) == [
                "label: TEST", "names: Rock Ridge", "files: 3", "at the top: isolinux, setup.exe, sources",
                "El Torito: nothing", "like a kernel: isolinux/linux",
            ])
    }
}
