import BootPolicy
import Testing
import Wire

/// What a machine is answered at each step of its install, whole, in each language.
@Suite("scripts of installs") struct InstallScriptTests {
    private static let token = InstallToken(high: 0, low: 1).text
    private static let enrolment = InstallToken(token).map { Enrolment(token: $0, target: "debian") }

    private static let catalog = Catalog().changing {
        $0.targets = TargetBook([
            "debian": .target(
                BootTarget(
                    title: "Debian's installer",
                    action: .linux(
                        LinuxBoot(
                            kernel: "linux", initrds: ["initrd.gz"],
                            arguments: "auto pilotfish.install=${install}")),
                    variants: [.uefiARM64: .linux(LinuxBoot(kernel: "linux-arm64", initrds: [], arguments: ""))])),
            "dos": .target(BootTarget(title: "DOS", action: .memdisk(path: "dos.img"))),
            "far": .target(BootTarget(title: "Elsewhere", action: .chain(url: VariableText("http://192.0.2.9/a.efi")))),
            "memtest": .target(BootTarget(title: "Memory test", action: .program(path: "memtest.efi"))),
        ])
    }

    private static func render(
        _ step: InstallStep, _ answer: InstallAnswer, installing target: String = "debian"
    ) throws -> String {
        var enrolment = try #require(enrolment)
        enrolment.target = target
        var requester = Requester(
            address: IPAddress(IPv4Address(192, 0, 2, 77)), hardware: MACAddress(0x5254_0012_3456))
        requester.enrolment = enrolment
        let setting = catalog.setting(for: requester, local: IPAddress(IPv4Address(192, 0, 2, 5)))
        return InstallScript.render(step, answer, of: enrolment, in: catalog, setting)
    }

    @Test func dump() throws {
        print("@@@ipxe install\n" + (try Self.render(.ask(.ipxe), .install(attempt: 3))))
        print("@@@ipxe dos\n" + (try Self.render(.ask(.ipxe), .install(attempt: 3), installing: "dos")))
        print("@@@ipxe far\n" + (try Self.render(.ask(.ipxe), .install(attempt: 3), installing: "far")))
        print("@@@ipxe memtest\n" + (try Self.render(.ask(.ipxe), .install(attempt: 3), installing: "memtest")))
        print("@@@ipxe wait\n" + (try Self.render(.ask(.ipxe), .wait("-1 go first", seconds: 4))))
        print("@@@ipxe stopped\n" + (try Self.render(.ask(.ipxe), .stopped("its install failed: a 'bad' disk"))))
        print("@@@ipxe disk\n" + (try Self.render(.ask(.ipxe), .localDisk)))
        print("@@@ipxe usual\n" + (try Self.render(.ask(.ipxe), .usual)))
        print("@@@grub install\n" + (try Self.render(.ask(.grub), .install(attempt: 3))))
        print("@@@grub again\n" + (try Self.render(.askAgain, .install(attempt: 4), installing: "memtest")))
        print("@@@grub wait\n" + (try Self.render(.askAgain, .wait("1 go first", seconds: 4))))
        print("@@@grub stopped\n" + (try Self.render(.askAgain, .stopped("its install failed: a 'bad' disk"))))
        print("@@@grub disk\n" + (try Self.render(.askAgain, .localDisk)))
        print("@@@grub usual\n" + (try Self.render(.askAgain, .usual)))
        print("@@@pxelinux install\n" + (try Self.render(.ask(.pxelinux), .install(attempt: 3))))
        print("@@@pxelinux stopped\n" + (try Self.render(.ask(.pxelinux), .stopped("its install failed"))))
        print("@@@pxelinux wait\n" + (try Self.render(.ask(.pxelinux), .wait("1 go first", seconds: 4))))
        for dialect in [ScriptDialect.ipxe, .grub] {
            for answer in [InstallAnswer.go, .later("it's frozen"), .stale] {
                print("@@@ \(dialect) \(answer)\n" + (try Self.render(.begin(attempt: 3, dialect), answer)))
            }
        }
        print("@@@ end")
    }
}
