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
            "memtest": .target(BootTarget(title: "Memory test", action: .program(path: "memtest.efi"))),
        ])
    }

    private static func render(
        _ step: InstallStep, _ answer: InstallAnswer, installing target: String = "debian", cards: [MACAddress] = []
    ) throws -> String {
        var enrolment = try #require(enrolment)
        enrolment.target = target
        enrolment.cards = cards
        var requester = Requester(
            address: IPAddress(IPv4Address(192, 0, 2, 77)), hardware: MACAddress(0x5254_0012_3456))
        requester.enrolment = enrolment
        let setting = catalog.setting(for: requester, local: IPAddress(IPv4Address(192, 0, 2, 5)))
        return InstallScript.render(step, answer, of: enrolment, in: catalog, setting)
    }

    @Test(
        "what an installer says of its failure is plain, and does not tell its token",
        arguments: [
            ("no disk", "no disk"), ("a `b` $c", "a b c"),
            ("install/\(token)/linux: 404", "install/aaaa-/linux: 404"), ("token=\(token)", "tokenaaaa-"),
        ])
    func reasons(said: String, told: String) throws {
        let path = try RequestPath("install/\(Self.token)/fail/\(said)".utf8)
        #expect(InstallPath(path)?.step == .failed(told))
    }

    @Test("iPXE installs only where one of the host's own cards is")
    func ownCard() throws {
        let cards = [MACAddress(0x5254_0012_3456), MACAddress(0x5254_0012_3457)]
        let lines = try Self.render(.ask(.ipxe), .install(attempt: 1), cards: cards).split(separator: "\n")
        #expect(
            lines[2]
                == "iseq ${netX/mac} 52:54:00:12:34:56 || iseq ${netX/mac} 52:54:00:12:34:57 || goto other")
        #expect(lines.suffix(3).first == ":other" && lines.last?.hasSuffix("|| exit 1") == true)
        #expect(try !Self.render(.ask(.ipxe), .wait("", seconds: 2), cards: cards).contains("iseq ${netX"))
    }

    struct Golden: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let step: InstallStep
        let answer: InstallAnswer
        let target: String
        let cards: [MACAddress]
        /// With TOKEN for the token.
        let text: String

        init(
            _ what: String, _ step: InstallStep, _ answer: InstallAnswer, installing target: String = "debian",
            on cards: [MACAddress] = [], _ text: String
        ) {
            (testDescription, self.step, self.answer, self.target, self.text) = (what, step, answer, target, text)
            self.cards = cards
        }
    }

    static let goldens: [Golden] = [
        Golden(
            "iPXE installs, on arm64 something else", .ask(.ipxe), .install(attempt: 3),
            #"""
            #!ipxe
            echo Pilotfish installs Debian's installer on ${net0/mac}, script 3
            iseq ${platform}-${buildarch} efi-arm64 && goto boot/uefi-arm64 ||
            imgfree
            kernel --name kernel http://192.0.2.5/install/TOKEN/linux initrd=initrd.gz auto pilotfish.install=http://192.0.2.5/install/TOKEN || goto failed
            initrd --name initrd.gz http://192.0.2.5/install/TOKEN/initrd.gz || goto failed
            :boot/begin
            clear pilotfish-refused ||
            chain --autofree http://192.0.2.5/install/TOKEN/begin/3 && goto boot/go ||
            isset ${pilotfish-refused} && goto again ||
            echo Pilotfish: asks once more whether it may begin
            sleep 5
            goto boot/begin
            :boot/go
            boot kernel || goto failed
            goto boot/end
            :boot/uefi-arm64
            imgfree
            kernel --name kernel http://192.0.2.5/install/TOKEN/linux-arm64  || goto failed
            :boot/uefi-arm64/begin
            clear pilotfish-refused ||
            chain --autofree http://192.0.2.5/install/TOKEN/begin/3 && goto boot/uefi-arm64/go ||
            isset ${pilotfish-refused} && goto again ||
            echo Pilotfish: asks once more whether it may begin
            sleep 5
            goto boot/uefi-arm64/begin
            :boot/uefi-arm64/go
            boot kernel || goto failed
            goto boot/end
            :boot/end
            exit 1
            :failed
            echo Pilotfish: ${errmsg}
            :declined
            sleep 20
            :again
            chain --replace --autofree http://192.0.2.5/install/TOKEN/boot.ipxe ||
            sleep 5
            goto again

            """#),
        Golden(
            "iPXE installs by memdisk, on BIOS only", .ask(.ipxe), .install(attempt: 3), installing: "dos",
            #"""
            #!ipxe
            echo Pilotfish installs DOS on ${net0/mac}, script 3
            iseq ${platform} pcbios && goto boot/bios ||
            echo Pilotfish: DOS is not for ${platform} ${buildarch}
            sleep 5
            goto boot/end
            :boot/bios
            imgfree
            kernel http://192.0.2.5/install/TOKEN/memdisk raw || goto failed
            initrd http://192.0.2.5/install/TOKEN/dos.img || goto failed
            :boot/bios/begin
            clear pilotfish-refused ||
            chain --autofree http://192.0.2.5/install/TOKEN/begin/3 && goto boot/bios/go ||
            isset ${pilotfish-refused} && goto again ||
            echo Pilotfish: asks once more whether it may begin
            sleep 5
            goto boot/bios/begin
            :boot/bios/go
            boot memdisk || goto failed
            goto boot/end
            :boot/end
            exit 1
            :failed
            echo Pilotfish: ${errmsg}
            :declined
            sleep 20
            :again
            chain --replace --autofree http://192.0.2.5/install/TOKEN/boot.ipxe ||
            sleep 5
            goto again

            """#),
        Golden(
            "iPXE installs by a program", .ask(.ipxe), .install(attempt: 3), installing: "memtest",
            #"""
            #!ipxe
            echo Pilotfish installs Memory test on ${net0/mac}, script 3
            imgfree
            :boot/begin
            clear pilotfish-refused ||
            chain --autofree http://192.0.2.5/install/TOKEN/begin/3 && goto boot/go ||
            isset ${pilotfish-refused} && goto again ||
            echo Pilotfish: asks once more whether it may begin
            sleep 5
            goto boot/begin
            :boot/go
            chain --autofree http://192.0.2.5/install/TOKEN/memtest.efi || goto failed
            exit 1
            :failed
            echo Pilotfish: ${errmsg}
            :declined
            sleep 20
            :again
            chain --replace --autofree http://192.0.2.5/install/TOKEN/boot.ipxe ||
            sleep 5
            goto again

            """#),
        Golden(
            "iPXE waits", .ask(.ipxe), .wait("-1 go first", seconds: 4),
            #"""
            #!ipxe
            echo Pilotfish: ${net0/mac} waits to be installed (debian): -1 go first
            prompt --key 0x1b --timeout 4000 Asks again in 4 s; Esc boots what the disk holds && goto leave ||
            :again
            chain --replace --autofree http://192.0.2.5/install/TOKEN/boot.ipxe ||
            sleep 5
            goto again
            :leave
            iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || exit 1

            """#),
        Golden(
            "iPXE is told why there is no install, and boots the disk", .ask(.ipxe),
            .stopped("its install failed: a 'bad' disk"),
            #"""
            #!ipxe
            echo Pilotfish boots ${net0/mac} from http://192.0.2.5
            echo its install failed: a 'bad' disk
            iseq ${platform} pcbios && sanboot --no-describe --drive 0x80 || exit 1
            exit 1
            :failed
            echo Pilotfish: ${errmsg}
            echo Put the files under the root directory, or name others in the settings.
            :declined
            sleep 20
            exit 1

            """#),
        Golden(
            "GRUB installs, on arm64 something else", .ask(.grub), .install(attempt: 3),
            #"""
            function next_device {
              if [ "$grub_platform" = "efi" ]; then
                if [ "$grub_cpu" = "arm64" ]; then set suffix=aa64; else set suffix=x64; fi
                for loader in debian/shim$suffix.efi ubuntu/shim$suffix.efi fedora/shim$suffix.efi redhat/shim$suffix.efi centos/shim$suffix.efi rocky/shim$suffix.efi almalinux/shim$suffix.efi opensuse/shim$suffix.efi sles/shim$suffix.efi Microsoft/Boot/bootmgfw.efi BOOT/BOOT$suffix.EFI; do
                  if search --no-floppy --file --set=disk /EFI/$loader; then chainloader ($disk)/EFI/$loader; boot; fi
                done
              fi
              exit
            }
            set pilotfish_pause=20
            echo 'Pilotfish installs Debian'\''s installer, script 3'
            if [ "$grub_platform-$grub_cpu" = "efi-arm64" ]; then
              set pilotfish_wanted='linux (tftp,192.0.2.5)/install/TOKEN/linux-arm64'
              if [ -z "$pilotfish_loaded" ]; then
                if linux (tftp,192.0.2.5)/install/TOKEN/linux-arm64; then set pilotfish_loaded="$pilotfish_wanted"; fi
              elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then
                reboot
              fi
              if [ "$pilotfish_loaded" = "$pilotfish_wanted" ]; then
                set pilotfish=later
                while [ "$pilotfish" = later ]; do
                  source (tftp,192.0.2.5)/install/TOKEN/begin/3/grub.cfg
                  if [ "$pilotfish" = later ]; then
                    echo 'Pilotfish: asks once more whether it may begin'
                    sleep 5
                  fi
                done
                if [ "$pilotfish" = go ]; then boot; fi
              fi
            else
              set pilotfish_wanted='linux (tftp,192.0.2.5)/install/TOKEN/linux '\''auto'\'' '\''pilotfish.install=http://192.0.2.5/install/TOKEN'\'''
              if [ -z "$pilotfish_loaded" ]; then
                if linux (tftp,192.0.2.5)/install/TOKEN/linux 'auto' 'pilotfish.install=http://192.0.2.5/install/TOKEN'; then set pilotfish_loaded="$pilotfish_wanted"; fi
              elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then
                reboot
              fi
              if [ "$pilotfish_loaded" = "$pilotfish_wanted" ]; then
                if initrd (tftp,192.0.2.5)/install/TOKEN/initrd.gz; then
                  set pilotfish=later
                  while [ "$pilotfish" = later ]; do
                    source (tftp,192.0.2.5)/install/TOKEN/begin/3/grub.cfg
                    if [ "$pilotfish" = later ]; then
                      echo 'Pilotfish: asks once more whether it may begin'
                      sleep 5
                    fi
                  done
                  if [ "$pilotfish" = go ]; then boot; fi
                fi
              fi
            fi
            while [ 1 = 1 ]; do
              echo "Asks again in $pilotfish_pause s; Esc boots what the disk holds"
              if sleep --interruptible $pilotfish_pause; then source (tftp,192.0.2.5)/install/TOKEN/again/grub.cfg; else next_device; fi
            done

            """#),
        Golden(
            "GRUB in its loop installs by a program", .askAgain, .install(attempt: 4), installing: "memtest",
            #"""
            echo 'Pilotfish installs Memory test, script 4'
            if [ "$grub_platform" = "pc" ]; then
              set pilotfish_wanted='linux16 (tftp,192.0.2.5)/install/TOKEN/memtest.efi'
              if [ -z "$pilotfish_loaded" ]; then
                if linux16 (tftp,192.0.2.5)/install/TOKEN/memtest.efi; then set pilotfish_loaded="$pilotfish_wanted"; fi
              elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then
                reboot
              fi
              if [ "$pilotfish_loaded" = "$pilotfish_wanted" ]; then
                set pilotfish=later
                while [ "$pilotfish" = later ]; do
                  source (tftp,192.0.2.5)/install/TOKEN/begin/4/grub.cfg
                  if [ "$pilotfish" = later ]; then
                    echo 'Pilotfish: asks once more whether it may begin'
                    sleep 5
                  fi
                done
                if [ "$pilotfish" = go ]; then boot; fi
              fi
            else
              set pilotfish_wanted='chainloader (tftp,192.0.2.5)/install/TOKEN/memtest.efi'
              if [ -z "$pilotfish_loaded" ]; then
                if chainloader (tftp,192.0.2.5)/install/TOKEN/memtest.efi; then set pilotfish_loaded="$pilotfish_wanted"; fi
              elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then
                reboot
              fi
              if [ "$pilotfish_loaded" = "$pilotfish_wanted" ]; then
                set pilotfish=later
                while [ "$pilotfish" = later ]; do
                  source (tftp,192.0.2.5)/install/TOKEN/begin/4/grub.cfg
                  if [ "$pilotfish" = later ]; then
                    echo 'Pilotfish: asks once more whether it may begin'
                    sleep 5
                  fi
                done
                if [ "$pilotfish" = go ]; then boot; fi
              fi
            fi

            """#),
        Golden(
            "GRUB installs only where one of the host's own cards is, or where it does not tell its card", .askAgain,
            .install(attempt: 4), installing: "dos",
            on: [MACAddress(0x5254_0012_3456), MACAddress(0x5254_0012_ABCD)],
            #"""
            if [ -z "$net_default_mac" -o "$net_default_mac" = "52:54:00:12:34:56" -o "$net_default_mac" = "52:54:00:12:ab:cd" ]; then
              echo 'Pilotfish installs DOS, script 4'
              if [ "$grub_platform" = "pc" ]; then
                set pilotfish_wanted='linux16 (tftp,192.0.2.5)/install/TOKEN/memdisk raw'
                if [ -z "$pilotfish_loaded" ]; then
                  if linux16 (tftp,192.0.2.5)/install/TOKEN/memdisk raw; then set pilotfish_loaded="$pilotfish_wanted"; fi
                elif [ "$pilotfish_loaded" != "$pilotfish_wanted" ]; then
                  reboot
                fi
                if [ "$pilotfish_loaded" = "$pilotfish_wanted" ]; then
                  if initrd16 (tftp,192.0.2.5)/install/TOKEN/dos.img; then
                    set pilotfish=later
                    while [ "$pilotfish" = later ]; do
                      source (tftp,192.0.2.5)/install/TOKEN/begin/4/grub.cfg
                      if [ "$pilotfish" = later ]; then
                        echo 'Pilotfish: asks once more whether it may begin'
                        sleep 5
                      fi
                    done
                    if [ "$pilotfish" = go ]; then boot; fi
                  fi
                fi
              else
                echo 'DOS is not for this machine'
                sleep 5
                next_device
              fi
            else
              echo "Pilotfish: $net_default_mac is not the machine that is to be installed"
              sleep 5
              next_device
            fi

            """#),
        Golden(
            "GRUB waits, and does not look at its card for that", .askAgain, .wait("1 go first", seconds: 4),
            on: [MACAddress(0x5254_0012_3456)],
            #"""
            echo 'Pilotfish: this machine waits to be installed: 1 go first'
            set pilotfish_pause=4

            """#),
        Golden(
            "GRUB waits", .askAgain, .wait("1 go first", seconds: 4),
            #"""
            echo 'Pilotfish: this machine waits to be installed: 1 go first'
            set pilotfish_pause=4

            """#),
        Golden(
            "GRUB is told why there is no install, and boots the disk", .askAgain,
            .stopped("its install failed: a 'bad' disk"),
            #"""
            echo 'its install failed: a '\''bad'\'' disk'
            sleep 5
            next_device

            """#),
        Golden(
            "GRUB boots the disk", .askAgain, .localDisk,
            #"""
            next_device

            """#),
        Golden(
            "GRUB boots as ever", .askAgain, .usual,
            #"""
            configfile (tftp,192.0.2.5)/grub/grub.cfg

            """#),
        Golden(
            "PXELINUX boots the disk", .ask(.pxelinux), .localDisk,
            #"""
            DEFAULT boot
            PROMPT 0
            LABEL boot
              LOCALBOOT 0

            """#),
        Golden(
            "PXELINUX cannot install, and says so", .ask(.pxelinux), .install(attempt: 3),
            #"""
            SAY Pilotfish: PXELINUX cannot install this machine, but iPXE and GRUB can
            DEFAULT boot
            PROMPT 0
            LABEL boot
              LOCALBOOT 0

            """#),
        Golden(
            "PXELINUX is told why there is no install", .ask(.pxelinux), .stopped("its install failed"),
            #"""
            SAY its install failed
            DEFAULT boot
            PROMPT 0
            LABEL boot
              LOCALBOOT 0

            """#),
        Golden(
            "iPXE: the installer may go", .begin(attempt: 3, .ipxe), .go,
            #"""
            #!ipxe
            exit 0

            """#),
        Golden(
            "iPXE: the installer may not go yet", .begin(attempt: 3, .ipxe), .later("it's frozen"),
            #"""
            #!ipxe
            echo Pilotfish: it's frozen
            exit 1

            """#),
        Golden(
            "iPXE: the installer may not go any more", .begin(attempt: 3, .ipxe), .stale,
            #"""
            #!ipxe
            set pilotfish-refused yes
            exit 1

            """#),
        Golden(
            "GRUB: the installer may go", .begin(attempt: 3, .grub), .go,
            #"""
            set pilotfish=go

            """#),
        Golden(
            "GRUB: the installer may not go yet", .begin(attempt: 3, .grub), .later("it's frozen"),
            #"""
            echo 'Pilotfish: it'\''s frozen'
            set pilotfish=later

            """#),
        Golden(
            "GRUB: the installer may not go any more", .begin(attempt: 3, .grub), .stale,
            #"""
            set pilotfish=stale

            """#),
    ]

    @Test(arguments: goldens) func stepsAreAnswered(_ golden: Golden) throws {
        let text = try Self.render(golden.step, golden.answer, installing: golden.target, cards: golden.cards)
        #expect(text.replacing(Self.token, with: "TOKEN") == golden.text)
    }

    @Test(arguments: [ScriptDialect.ipxe, .grub]) func whoIsDoneBootsAsIfThereWereNoInstall(
        _ dialect: ScriptDialect
    ) throws {
        for answer in [InstallAnswer.localDisk, .usual, .stopped("no")] {
            #expect(!(try Self.render(.ask(dialect), answer)).contains("begin/"))
        }
    }
}
