extension Recipe {
    /// The kinds of media that are known, the particular before the general.
    package static let all: [Recipe] = [
        systemRescue, arch, clonezilla, grml, debianInstaller, casper,
        redHatInstaller(stage2: "images/install.img", signs: []),
        redHatInstaller(stage2: "LiveOS/squashfs.img", signs: [".treeinfo"]),
        redHatLive("images/pxeboot/vmlinuz", "images/pxeboot/initrd.img"),
        redHatLive("boot/*/loader/linux", "boot/*/loader/initrd"), alpine, openSUSE, debianLive, memtest,
    ]

    // https://www.system-rescue.org/manual/PXE_network_booting/: three RAM disks, `archiso_http_srv` with its slash.
    private static let systemRescue = Recipe(
        family: "systemrescue", name: "SystemRescue",
        signs: ["sysresccd/boot/*/sysresccd.img"],
        kernel: ["sysresccd/boot/*/vmlinuz"],
        initrds: [
            ["sysresccd/boot/intel_ucode.img"], ["sysresccd/boot/amd_ucode.img"], ["sysresccd/boot/*/sysresccd.img"],
        ],
        arguments: "archisobasedir=sysresccd ip=dhcp checksum archiso_http_srv=${tree}/",
        kept: .files(["sysresccd/*/airootfs.sfs", "sysresccd/*/airootfs.erofs"]), keptShare: 75, working: 512)

    // https://gitlab.archlinux.org/archlinux/mkinitcpio/mkinitcpio-archiso, docs/README.bootparams: `archiso_http_srv` ends
    // with a slash; `archiso_http_spc`, 75 % of the memory, bounds what is fetched. Older media have the microcode apart.
    private static let arch = Recipe(
        family: "arch", name: "Arch Linux",
        signs: ["arch/boot/*/vmlinuz-linux*", "arch/boot/*/initramfs-linux*.img"],
        kernel: ["arch/boot/*/vmlinuz-linux", "arch/boot/*/vmlinuz-linux*"],
        initrds: [
            ["arch/boot/intel-ucode.img"], ["arch/boot/amd-ucode.img"],
            ["arch/boot/*/initramfs-linux.img", "arch/boot/*/initramfs-linux*.img"],
        ],
        arguments: "archisobasedir=arch archiso_http_srv=${tree}/ ip=dhcp",
        kept: .files(["arch/*/airootfs.sfs", "arch/*/airootfs.erofs"]), keptShare: 75, working: 512)

    // https://clonezilla.org/livepxe.php; without the quotes and the empty values of that page, which ask for nothing.
    private static let clonezilla = Recipe(
        family: "clonezilla", name: "Clonezilla live",
        signs: ["live/filesystem.squashfs", "*lonezilla-Live-Version"],
        kernel: ["live/vmlinuz"], initrds: [["live/initrd.img"]],
        arguments: """
            boot=live union=overlay username=user config components quiet noswap edd=on nomodeset noprompt nosplash \
            ocs_live_run=ocs-live-general ocs_live_batch=no net.ifnames=0 fetch=${tree}/${kept}
            """,
        // https://clonezilla.org/clonezilla-live/doc, boot parameters: the serial console wants to be named twice.
        text: "ocs_live_run_tty=/dev/${console}",
        kept: .files(["live/filesystem.squashfs"]), working: 512)

    // live-boot(7), `fetch=`; https://github.com/grml/grml-live: each flavour has a squashfs of its name.
    private static let grml = Recipe(
        family: "grml", name: "Grml",
        signs: ["boot/grml*/vmlinuz", "live/grml*/*.squashfs"],
        kernel: ["boot/grml*/vmlinuz"], initrds: [["boot/grml*/initrd.img"]],
        arguments: "boot=live fetch=${tree}/${kept} nomce net.ifnames=0",
        kept: .files(["live/grml*/*.squashfs"]), working: 512)

    // Debian's installation guide, §4.3 and §5.1.5: a netboot installer has a RAM disk of its own.
    private static let debianInstaller = Recipe(
        family: "debian-installer", name: "Debian installer",
        signs: [".disk/info", "install*/initrd.gz"],
        kernel: ["install*/vmlinuz", "install*/vmlinux"], initrds: [["install*/initrd.gz"]],
        working: 512,
        lacks: """
            the RAM disk on this medium looks for a CD drive and finds none; the installer's netboot files are needed: \
            fetch linux and initrd.gz from https://deb.debian.org/debian/dists/stable/main/installer-amd64/current/\
            images/netboot/debian-installer/amd64/ (or from the package debian-installer-12-netboot-amd64), and name \
            them: --kernel linux --initrd initrd.gz
            """)

    // https://documentation.ubuntu.com/server/how-to/installation/how-to-netboot-the-server-installer-on-amd64: casper
    // fetches the image whole, if its URL ends in `.iso`, into the initramfs' own file system, which the kernel bounds to half
    // of the memory.
    private static let casper = Recipe(
        family: "ubuntu", name: "Ubuntu",
        signs: ["casper/vmlinuz*", "casper/initrd*"],
        kernel: ["casper/vmlinuz", "casper/vmlinuz*"], initrds: [["casper/initrd", "casper/initrd*"]],
        arguments: "boot=casper ip=dhcp url=${image} cloud-config-url=/dev/null",
        kept: .image, keptShare: 50, working: 1024,
        note: "the machine fetches the whole image into memory before anything else")

    // anaconda's boot options, `inst.stage2=`: the directory above images/install.img or, before RHEL 8, LiveOS. A full
    // medium has its packages beside it, and is the repository too. That of before RHEL 8 differs from a live one in .treeinfo.
    private static func redHatInstaller(stage2: String, signs: [String]) -> Recipe {
        Recipe(
            family: "redhat-installer", name: "Fedora or Red Hat family, installer",
            signs: ["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", stage2] + signs,
            kernel: ["images/pxeboot/vmlinuz"], initrds: [["images/pxeboot/initrd.img"]],
            arguments: "inst.stage2=${tree} ip=dhcp", text: "inst.text",
            kept: .files([stage2]), working: 1024,
            note: """
                a medium with packages (DVD) is an installation source as well: inst.repo= in place of inst.stage2= takes \
                them from here
                """)
    }

    // dracut.cmdline(7), `root=live:URL`. Fedora's media have their kernel in the second place since they are made by kiwi.
    private static func redHatLive(_ kernel: String, _ initrd: String) -> Recipe {
        Recipe(
            family: "redhat-live", name: "Fedora or Red Hat family, live",
            signs: [kernel, initrd, "LiveOS/squashfs.img"], kernel: [kernel], initrds: [[initrd]],
            arguments: "root=live:${tree}/${kept} rd.live.image ip=dhcp",
            kept: .files(["LiveOS/squashfs.img"]), working: 1024)
    }

    // mkinitfs-bootparam(7): `modloop=`, `alpine_repo=`, `ip=`.
    private static let alpine = Recipe(
        family: "alpine", name: "Alpine Linux",
        signs: ["boot/vmlinuz-*", "boot/initramfs-*", "boot/modloop-*"],
        kernel: ["boot/vmlinuz-lts", "boot/vmlinuz-*"], initrds: [["boot/initramfs-lts", "boot/initramfs-*"]],
        arguments: "modules=loop,squashfs ip=dhcp modloop=${tree}/${kept} alpine_repo=${tree}/apks",
        kept: .files(["boot/modloop-lts", "boot/modloop-*"]), working: 256,
        // aports, scripts/mkimg.base.sh and mkimg.netboot.sh: `initfs_features`.
        note: """
            the initramfs of Alpine's CD has drivers for virtual network cards (virtio) and no others; for real ones take \
            vmlinuz, initramfs and modloop of alpine-netboot-*.tar.gz: --kernel, --initrd, and modloop in the arguments
            """)

    // https://en.opensuse.org/SDB:Linuxrc, `install=`.
    private static let openSUSE = Recipe(
        family: "opensuse", name: "openSUSE or SLES, installer",
        signs: ["boot/*/loader/linux", "boot/*/loader/initrd", "boot/*/root"],
        kernel: ["boot/*/loader/linux"], initrds: [["boot/*/loader/initrd"]],
        arguments: "install=${tree} ifcfg=*=dhcp", text: "textmode=1",
        kept: .files(["boot/*/root"]), working: 1024)

    // live-boot(7), `fetch=`: Debian live, Kali, Tails and many more.
    private static let debianLive = Recipe(
        family: "debian-live", name: "Debian live",
        signs: ["live/vmlinuz*", "live/initrd*", "live/*.squashfs"],
        kernel: ["live/vmlinuz", "live/vmlinuz-*"],
        initrds: [["live/initrd.img", "live/initrd.img-*", "live/initrd*"]],
        arguments: "boot=live components fetch=${tree}/${kept}",
        kept: .files(["live/filesystem.squashfs", "live/*.squashfs"]), working: 512)

    // memtest86+ 6 and later: one file with the head of a Linux kernel, for BIOS, and of an EFI program. Debian's package and
    // the project's own images have it in these places. Version 5 is a floppy image, which iPXE cannot start.
    private static let memtest = Recipe(
        family: "memtest", name: "Memtest86+",
        signs: ["EFI/BOOT/boot*.efi", "boot/floppy.img"],
        kernel: ["EFI/BOOT/bootx64.efi", "EFI/BOOT/boot*.efi"], kernelName: "Memtest86+", card: "",
        working: 16)
}
