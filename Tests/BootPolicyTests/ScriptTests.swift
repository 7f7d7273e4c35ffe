import BootPolicy
import Testing
import Wire

/// One model in three languages, whole: whoever changes one of them sees what the others say.
@Suite("targets and menus in the languages of iPXE, PXELINUX and GRUB")
struct ScriptTests {
    private static let book = TargetBook([
        "debian": .target(
            BootTarget(
                title: "Debian's installer",
                action: .linux(
                    LinuxBoot(
                        kernel: "debian/linux", initrds: ["ucode.img", "debian/initrd.gz"],
                        arguments: "url=${base}/seed?${mac} BOOTIF=${bootif} ip=${net0/ip} at=${site}")))),
        "memtest": .target(
            BootTarget(
                title: "Memory test", action: nil,
                variants: [.bios: .program(path: "memtest.bin"), .uefiX64: .program(path: "memtest.efi")])),
        "dos": .target(BootTarget(title: "DOS", action: .memdisk(path: "dos.img"))),
        "far": .target(BootTarget(title: "Elsewhere", action: .chain(url: VariableText("http://192.0.2.9/a.efi")))),
        "main": .menu(
            TargetMenu(
                title: "Boot", items: ["local", "debian", "tools"], preferred: "debian", timeout: .seconds(10))),
        "tools": .menu(TargetMenu(title: "Tools", items: ["memtest", "dos", "far", "shell", "reboot", "poweroff"])),
    ])

    private static let setting = ScriptSetting(
        server: IPAddress(IPv4Address(192, 0, 2, 5)), baseURL: "http://192.0.2.5",
        requester: Requester(
            address: IPAddress(IPv4Address(192, 0, 2, 77)), hardware: MACAddress(0x5254_0012_3456)),
        variables: ["site": .text("hall-2")])

    private static func render(
        _ name: String, _ dialect: ScriptDialect, of book: TargetBook = book, password: String? = nil
    ) throws -> String {
        var setting = setting
        setting.requester.password = password
        return dialect.render(try #require(book[name]), of: book, setting)
    }

    @Test func ipxeShowsTheMenu() throws {
        #expect(
            try Self.render("main", .ipxe) == """
                #!ipxe
                echo Pilotfish boots ${net0/mac} from http://192.0.2.5
                set menu-timeout 10000
                :start
                menu Boot
                item go-local Boot from the local disk
                item go-debian Debian's installer
                item go-tools Tools
                choose --timeout ${menu-timeout} --default go-debian selected || goto start
                goto ${selected}
                :go-local
                iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || exit 1
                goto start
                :go-debian
                imgfree
                kernel http://192.0.2.5/debian/linux initrd=ucode.img initrd=initrd.gz url=http://192.0.2.5/seed?${mac} \
                BOOTIF=01-${mac:hexhyp} ip=${net0/ip} at=hall-2 || goto failed
                initrd --name ucode.img http://192.0.2.5/ucode.img || goto failed
                initrd --name initrd.gz http://192.0.2.5/debian/initrd.gz || goto failed
                boot || goto failed
                goto start
                :go-tools
                menu Tools
                item go-memtest Memory test
                item go-dos DOS
                item go-far Elsewhere
                item go-shell Command line of the loader
                item go-reboot Restart
                item go-poweroff Power off
                item start Back
                choose --timeout ${menu-timeout} --default go-memtest selected || goto start
                goto ${selected}
                :go-memtest
                iseq ${platform} pcbios && goto go-memtest/bios ||
                iseq ${platform}-${buildarch} efi-x86_64 && goto go-memtest/uefi-x64 ||
                echo Pilotfish: Memory test is not for ${platform} ${buildarch}
                sleep 5
                goto go-memtest/end
                :go-memtest/bios
                imgfree
                chain --autofree http://192.0.2.5/memtest.bin || goto failed
                goto go-memtest/end
                :go-memtest/uefi-x64
                imgfree
                chain --autofree http://192.0.2.5/memtest.efi || goto failed
                goto go-memtest/end
                :go-memtest/end
                goto start
                :go-dos
                iseq ${platform} pcbios && goto go-dos/bios ||
                echo Pilotfish: DOS is not for ${platform} ${buildarch}
                sleep 5
                goto go-dos/end
                :go-dos/bios
                imgfree
                kernel http://192.0.2.5/memdisk raw || goto failed
                initrd http://192.0.2.5/dos.img || goto failed
                boot || goto failed
                goto go-dos/end
                :go-dos/end
                goto start
                :go-far
                imgfree
                chain --replace --autofree http://192.0.2.9/a.efi || goto failed
                goto start
                :go-shell
                shell
                goto start
                :go-reboot
                reboot
                goto start
                :go-poweroff
                poweroff ||
                echo Pilotfish: this iPXE cannot switch off, so do it by hand
                prompt Press any key to go on instead
                set menu-timeout 0
                goto start
                :failed
                echo Pilotfish: ${errmsg}
                echo Put the files under the root directory, or name others in the settings.
                :declined
                prompt Press any key
                set menu-timeout 0
                goto start

                """)
    }

    @Test func pxelinuxShowsTheMenu() throws {
        #expect(
            try Self.render("main", .pxelinux) == """
                UI menu.c32
                PROMPT 0
                TIMEOUT 100
                MENU TITLE Boot
                LABEL local
                  MENU LABEL Boot from the local disk
                  LOCALBOOT 0
                LABEL debian
                  MENU LABEL Debian's installer
                  MENU DEFAULT
                  LINUX ::debian/linux
                  INITRD ::ucode.img,::debian/initrd.gz
                  APPEND url=http://192.0.2.5/seed?52:54:00:12:34:56 BOOTIF=01-52-54-00-12-34-56 ip= at=hall-2
                MENU BEGIN tools
                MENU TITLE Tools
                LABEL memtest
                  MENU LABEL Memory test
                  LINUX ::memtest.bin
                LABEL dos
                  MENU LABEL DOS
                  LINUX ::memdisk
                  INITRD ::dos.img
                  APPEND raw
                LABEL far
                  MENU LABEL Elsewhere
                  LINUX ::ipxe.lkrn
                  APPEND dhcp && chain http://192.0.2.9/a.efi
                LABEL reboot
                  MENU LABEL Restart
                  COM32 reboot.c32
                LABEL poweroff
                  MENU LABEL Power off
                  COM32 poweroff.c32
                LABEL tools-back
                  MENU LABEL Back
                  MENU EXIT
                MENU END

                """)
    }

    @Test func grubShowsTheMenu() throws {
        #expect(
            try Self.render("main", .grub) == #"""
                echo "Pilotfish boots from 192.0.2.5"
                set timeout=10
                set default='debian'
                menuentry 'Boot from the local disk' --id 'local' {
                  if [ "$grub_platform" = "efi" ]; then
                    if [ "$grub_cpu" = "arm64" ]; then set suffix=aa64; else set suffix=x64; fi
                    for loader in debian/shim$suffix.efi ubuntu/shim$suffix.efi fedora/shim$suffix.efi \#
                redhat/shim$suffix.efi centos/shim$suffix.efi rocky/shim$suffix.efi almalinux/shim$suffix.efi \#
                opensuse/shim$suffix.efi sles/shim$suffix.efi Microsoft/Boot/bootmgfw.efi BOOT/BOOT$suffix.EFI; do
                      if search --no-floppy --file --set=disk /EFI/$loader; then chainloader ($disk)/EFI/$loader; \#
                boot; fi
                    done
                  fi
                  exit
                }
                menuentry 'Debian'\''s installer' --id 'debian' {
                  linux (tftp,192.0.2.5)/debian/linux 'url=http://192.0.2.5/seed?52:54:00:12:34:56' \#
                'BOOTIF=01-52-54-00-12-34-56' 'ip=' 'at=hall-2'
                  initrd (tftp,192.0.2.5)/ucode.img (tftp,192.0.2.5)/debian/initrd.gz
                }
                submenu 'Tools' --id 'tools' {
                  menuentry 'Memory test' --id 'memtest' {
                    if [ "$grub_platform" = "pc" ]; then
                      linux16 (tftp,192.0.2.5)/memtest.bin
                    elif [ "$grub_platform-$grub_cpu" = "efi-x86_64" ]; then
                      chainloader (tftp,192.0.2.5)/memtest.efi
                    else
                      echo 'Memory test is not for this machine'
                      sleep 5
                    fi
                  }
                  menuentry 'DOS' --id 'dos' {
                    if [ "$grub_platform" = "pc" ]; then
                      linux16 (tftp,192.0.2.5)/memdisk raw
                      initrd16 (tftp,192.0.2.5)/dos.img
                    else
                      echo 'DOS is not for this machine'
                      sleep 5
                    fi
                  }
                  menuentry 'Elsewhere' --id 'far' {
                    chainloader (http,192.0.2.9)/a.efi
                  }
                  menuentry 'Command line of the loader' --id 'shell' {
                    echo 'Press Esc, and c in the menu: that is the command line of GRUB'
                    sleep 5
                  }
                  menuentry 'Restart' --id 'reboot' {
                    reboot
                  }
                  menuentry 'Power off' --id 'poweroff' {
                    halt
                  }
                }

                """#)
    }

    @Test func pxelinuxBootsOneTargetWithoutAMenu() throws {
        #expect(
            try Self.render("dos", .pxelinux)
                == "DEFAULT boot\nPROMPT 0\nLABEL boot\n  LINUX ::memdisk\n  INITRD ::dos.img\n  APPEND raw\n")
        #expect(
            PXELINUXConfig.render(
                .target(BootTarget(title: "E", action: nil, variants: [.uefiX64: .program(path: "e.efi")])),
                of: Self.book, Self.setting)
                == "DEFAULT boot\nPROMPT 0\nLABEL boot\n  SAY E is not for BIOS machines\n  LOCALBOOT 0\n")
    }

    @Test("one target that is not for this machine, or does not boot, does not leave GRUB at its prompt")
    func grubGoesOn() throws {
        let lines = try Self.render("dos", .grub).split(separator: "\n").map(String.init)
        #expect(lines[1] == "function next_device {")
        #expect(lines[lines.firstIndex(of: "}").map { $0 - 1 } ?? 0] == "  exit")
        #expect(
            lines.suffix(14) == [
                #"if [ "$grub_platform" = "pc" ]; then"#, "  if linux16 (tftp,192.0.2.5)/memdisk raw; then",
                "    if initrd16 (tftp,192.0.2.5)/dos.img; then", "      boot", "    fi", "  fi",
                "  echo 'It could not be booted: on to the next boot device'", "  sleep 20", "  next_device", "else",
                "  echo 'DOS is not for this machine'", "  sleep 5", "  next_device", "fi",
            ])
    }

    @Test(
        "what GRUB does by itself has no boot behind it",
        arguments: [
            ("reboot", ["reboot"]), ("poweroff", ["halt"]), ("shell", ["echo 'This is the command line of GRUB'"]),
        ])
    func grubAlone(name: String, lines: [String]) throws {
        #expect(try Self.render(name, .grub).split(separator: "\n").dropFirst().map(String.init) == lines)
    }

    @Test("a quote with an accent is still a quote to GRUB")
    func grubAccent() {
        let target = BootTarget(title: "x'\u{301};halt;echo '", action: .shell)
        let book = TargetBook(["x": .target(target)])
        let menu = GRUBConfig.render(.menu(TargetMenu(title: "m", items: ["x"])), of: book, Self.setting)
        let entry = menu.unicodeScalars.split(separator: "\n").map(String.init).first { $0.hasPrefix("menuentry") }
        #expect(entry == #"menuentry 'x'\''"# + "\u{301};halt;echo " + #"'\''' --id 'x' {"#)
    }

    @Test(
        "what iPXE shows is no option of a command's", arguments: [("-> installing", "> installing"), ("--- a", "a")])
    func dashes(text: String, shown: String) {
        var setting = Self.setting
        setting.requester.order.message = text
        let menu = TargetMenu(title: text, items: ["local"])
        let lines = IPXEScript.render(.menu(menu), of: Self.book, setting).split(separator: "\n")
        #expect(lines.contains("echo \(shown)") && lines.contains("menu \(shown)"))
    }

    @Test("two RAM disks of one name in two directories keep apart")
    func diskNames() {
        let boot = LinuxBoot(kernel: "k", initrds: ["a/i.img", "b/i.img"])
        let text = IPXEScript.render(
            .target(BootTarget(title: "t", action: .linux(boot))), of: Self.book, Self.setting)
        #expect(text.contains("initrd=i.img initrd=1-i.img"))
        #expect(text.contains("initrd --name 1-i.img http://192.0.2.5/b/i.img"))
    }

    @Test("nothing in a name or an argument is taken for GRUB's language")
    func grubQuotes() {
        let boot = LinuxBoot(
            kernel: "d/vm linuz;$x", initrds: ["a.img", "b'c.img"], arguments: "quiet x='a'  $y; \"q\" \\ end")
        let text = GRUBConfig.render(
            .target(BootTarget(title: "t", action: .linux(boot))), of: Self.book, Self.setting)
        #expect(
            text.split(separator: "\n").drop { $0 != "}" }.filter { !$0.contains("next_device") } == [
                "}",
                "if linux (tftp,192.0.2.5)/d/vm\\ linuz\\;\\$x 'quiet' 'x='\\''a'\\''' '$y;' '\"q\"' '\\' 'end'; then",
                "  if initrd (tftp,192.0.2.5)/a.img (tftp,192.0.2.5)/b\\'c.img; then", "    boot", "  fi", "fi",
                "echo 'It could not be booted: on to the next boot device'", "sleep 20",
            ])
    }

    @Test(
        "variables are found in a text, and the rest stays as it is",
        arguments: [
            ("", []), ("a", [.text("a")]), ("${a}", [.variable("a")]),
            ("x${a}y${b/c:d}", [.text("x"), .variable("a"), .text("y"), .variable("b/c:d")]),
            ("$a ${b", [.text("$a ${b")]), ("${}", [.variable("")]),
            ("a}${b}}", [.text("a}"), .variable("b"), .text("}")]),
        ] as [(String, [VariableText.Piece])])
    func variables(text: String, pieces: [VariableText.Piece]) {
        #expect(VariableText(text).pieces == pieces)
    }

    @Test("a target that needs memory has the machine's looked at first")
    func memory() {
        let target = BootTarget(title: "t", action: .linux(LinuxBoot()), memory: 512)
        let lines = IPXEScript.render(.target(target), of: Self.book, Self.setting).split(separator: "\n")
        #expect(lines[2] == "chain --autofree http://192.0.2.5/memory/512/${memsize}.ipxe || goto declined")
        #expect(lines[3] == "imgfree")
    }

    @Test(
        "which memory is enough; nothing known is",
        arguments: [
            ("memory/512/511.ipxe", false), ("memory/512/512.ipxe", true), ("memory/512/.ipxe", true),
            ("memory/512/0.ipxe", true), ("memory/512/4096.ipxe", true), ("memory/x/1.ipxe", nil),
            ("memory/512/1", nil), ("memory/512/99999999999999999999.ipxe", true), ("a/memory/1/1.ipxe", nil),
        ] as [(String, Bool?)])
    func memoryCheck(name: String, isEnough: Bool?) throws {
        let found = AssetResolver.candidates(
            for: try RequestPath(name.utf8), of: Self.setting.requester, in: Catalog())
        guard case .text(let text)? = found.dropFirst().first?.asset else {
            #expect(isEnough == nil)
            return
        }
        #expect(text.hasSuffix(isEnough == true ? "exit 0\n" : "exit 1\n"))
    }

    @Test("a machine's rule decides what its scripts and configurations boot")
    func requestersTarget() throws {
        let catalog = Catalog().changing { $0.targets = Self.book }
        var requester = Requester(address: IPAddress(Net.client), order: BootOrder(name: "debian"))
        for (name, dialect) in [
            ("boot.ipxe", ScriptDialect.ipxe), ("grub/grub.cfg", .grub), ("pxelinux.cfg/default", .pxelinux),
        ] {
            let path = try RequestPath(name.utf8)
            requester.order.name = "debian"
            let made = AssetResolver.candidates(for: path, of: requester, in: catalog).map(\.asset)
            #expect(made.contains(.script(dialect, try #require(Self.book["debian"]))))
            requester.order.name = "gone since"
            let usual = AssetResolver.candidates(for: path, of: requester, in: catalog).map(\.asset)
            #expect(usual.contains(.script(dialect, .target(.standard))))
        }
    }

    // MARK: Passwords

    private static let locked: TargetBook = {
        let lock = MenuLock(menu: "tools", password: "open sesame", crypt: "$6$s$h", grub: "grub.pbkdf2.sha512.1.S.H")
        return TargetBook([
            "main": .menu(TargetMenu(title: "Boot", items: ["reboot", "tools"])),
            "tools": .menu(
                TargetMenu(title: "Tools", items: ["shell", "more"], timeout: .seconds(5), lock: lock)),
            "more": .menu(TargetMenu(title: "More", items: ["poweroff"])),
        ])
    }()

    @Test func ipxeGetsALockedMenuForItsPasswordOnly() throws {
        #expect(
            try Self.render("main", .ipxe, of: Self.locked) == """
                #!ipxe
                echo Pilotfish boots ${net0/mac} from http://192.0.2.5
                set menu-timeout 0
                :start
                menu Boot
                item go-reboot Restart
                item go-tools Tools
                choose --timeout ${menu-timeout} --default go-reboot selected || goto start
                goto ${selected}
                :go-reboot
                reboot
                goto start
                :go-tools
                clear password ||
                login || goto start
                chain --replace http://${username:uristring}:${password:uristring}@192.0.2.5/boot/tools.ipxe ||
                echo Pilotfish: ${errmsg}
                sleep 3
                goto start
                :failed
                echo Pilotfish: ${errmsg}
                echo Put the files under the root directory, or name others in the settings.
                :declined
                prompt Press any key
                set menu-timeout 0
                goto start

                """)
        // As the menu of a machine it asks at once.
        let gate = try Self.render("tools", .ipxe, of: Self.locked, password: "sesame")
        #expect(
            gate.contains(":start\nclear password ||\nlogin || goto start\nchain --replace http://${username")
                && !gate.contains("item"))
        #expect(
            try Self.render("tools", .ipxe, of: Self.locked, password: "open sesame").contains("item go-more More\n"))
    }

    @Test func pxelinuxAsksForEachLineOfALockedMenu() throws {
        #expect(
            try Self.render("main", .pxelinux, of: Self.locked) == """
                UI menu.c32
                PROMPT 0
                TIMEOUT 0
                NOESCAPE 1
                ALLOWOPTIONS 0
                MENU TITLE Boot
                LABEL reboot
                  MENU LABEL Restart
                  COM32 reboot.c32
                MENU BEGIN tools
                MENU TITLE Tools
                MENU BEGIN more
                MENU TITLE More
                LABEL poweroff
                  MENU LABEL Power off
                  MENU PASSWD $6$s$h
                  COM32 poweroff.c32
                LABEL more-back
                  MENU LABEL Back
                  MENU EXIT
                MENU END
                LABEL tools-back
                  MENU LABEL Back
                  MENU EXIT
                MENU END

                """)
    }

    @Test func grubAsksBeforeALockedMenu() throws {
        #expect(
            try Self.render("main", .grub, of: Self.locked) == """
                echo "Pilotfish boots from 192.0.2.5"
                set timeout=-1
                set superusers='nobody'
                export superusers
                password_pbkdf2 'tools' grub.pbkdf2.sha512.1.S.H
                menuentry 'Restart' --id 'reboot' --unrestricted {
                  reboot
                }
                submenu 'Tools' --id 'tools' --users 'tools' {
                  menuentry 'Command line of the loader' --id 'shell' --users 'tools' {
                    echo 'Press Esc, and c in the menu: that is the command line of GRUB'
                    sleep 5
                  }
                  submenu 'More' --id 'more' --users 'tools' {
                    menuentry 'Power off' --id 'poweroff' --users 'tools' {
                      halt
                    }
                  }
                }

                """)
    }

    @Test func aMachineThatIsToldALockedMenuIsAskedAtTheGate() throws {
        var catalog = Catalog()
        catalog.targets = Self.locked
        let made = AssetResolver.resolve("boot/tools/gate.ipxe".utf8, for: Self.setting.requester, in: catalog)
        let tools = try #require(Self.locked["tools"])
        #expect(made.candidates.map(\.asset).contains(.script(.ipxe, tools)))
        let other = AssetResolver.resolve("boot/main/gate.ipxe".utf8, for: Self.setting.requester, in: catalog)
        #expect(other.candidates.allSatisfy { !$0.isMade })
        // PXELINUX would boot a locked menu's first line when the time is over.
        #expect(try Self.render("tools", .pxelinux, of: Self.locked).contains("TIMEOUT 0\n"))
        #expect(try Self.render("reboot", .pxelinux, of: Self.locked).contains("NOESCAPE 1\nALLOWOPTIONS 0\n"))
        #expect(try Self.render("reboot", .grub, of: Self.locked).contains("export superusers\n"))
    }

    @Test(arguments: [(nil, false), ("", false), ("open sesam", false), ("open sesame", true), ("open sesame!", false)])
    func aLockOpensToItsPassword(offered: String?, opens: Bool) {
        #expect(Self.locked["tools"]?.lock?.opens(to: offered) == opens)
    }

    @Test(arguments: [(nil, true), ("open sesame", false)])
    func aLockedMenuHasNoScriptWithoutThePassword(password: String?, isLocked: Bool) throws {
        var catalog = Catalog()
        catalog.targets = Self.locked
        var requester = Self.setting.requester
        requester.password = password
        let made = AssetResolver.resolve("boot/tools.ipxe".utf8, for: requester, in: catalog).candidates.map(\.asset)
        #expect(made.contains(.lockedScript(menu: "tools")) == isLocked)
    }
}
