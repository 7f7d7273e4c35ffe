extension ScreenCode {
    /// Codes that UEFI firmware (EDK2's drivers for PXE) shows: the same form as the ROMs', another meaning.
    static let uefi: [ScreenCode] = [
        ScreenCode(
            "PXE-E04", "UEFI: the configuration of the card cannot be read", "A defect, or a driver with a mistake.",
            "Update the firmware."),
        ScreenCode(
            "PXE-E05", "UEFI: the file is larger than it was said to be",
            "The file changed while it was fetched, or the TFTP server "
                + "told a wrong size.",
            "Start the machine again; Pilotfish tells true sizes."),
        ScreenCode(
            "PXE-E07", "UEFI: the network card failed", "A defect, or the link went down.",
            "Try another cable and port."),
        ScreenCode(
            "PXE-E09", "UEFI: no memory for the file",
            "The loader is larger than the firmware can take: something that is no loader?",
            "Name a loader in [loaders]; a kernel or an image comes later, by it."),
        ScreenCode(
            "PXE-E12", "UEFI: no link", "The cable is not in, the port is off, or spanning tree restarted it.",
            "See to cable and port, and make the port an edge port (portfast)."),
        ScreenCode(
            "PXE-E16", "UEFI: no offer that is good for a boot",
            "No DHCP server answered, or one did and no proxy: Pilotfish observes only, refused the machine, sits in another VLAN, or "
                + "the port slept (spanning tree).",
            "\"pilotfish sessions MAC\" shows whether its DISCOVER came here, and what it got."),
        ScreenCode(
            "PXE-E18", "UEFI: a server does not answer",
            "TFTP or port 4011 of the server that it chose is silent: a firewall drops UDP 69, 4011 or the ports of transfers, or the "
                + "next-server of the DHCP server leads elsewhere.",
            "Open the ports on this host; \"pilotfish sessions MAC\" shows which request did not come."),
        ScreenCode(
            "PXE-E21", "UEFI: the boot was cancelled",
            "Somebody pressed Esc, or the offer was one that makes this firmware give up.",
            "Look at \"pilotfish explain MAC\"; the next boot is offered another shape by itself."),
        ScreenCode(
            "PXE-E22", "UEFI: an ICMP error came",
            "The address that it asked cannot be reached, or its port is closed.",
            "See that next-server is this host, and that TFTP is switched on."),
        ScreenCode(
            "PXE-E23", "UEFI: the TFTP server sent an error", "The file is not there or may not be read.",
            "See tftp.refused in the log; \"pilotfish explain MAC --file NAME\" shows where it was looked for."),
        ScreenCode(
            "PXE-E24", "UEFI: the boot file is not signed as wanted", "Secure Boot.", "Use a signed loader (shim)."),
        ScreenCode(
            "PXE-E98", "UEFI: the boot menu was left", "Somebody pressed a key.", "Start the machine again."),
        ScreenCode(
            "PXE-E99", "UEFI: a network error that has no name",
            "Anything, from ARP that nobody answers to a broken offer.",
            "\"pilotfish sessions MAC\" shows how far it came."),
    ]

    /// Sentences of loaders, by the part of them that never changes.
    static let loaders: [ScreenCode] = [
        ScreenCode(
            "Unable to locate configuration file", "PXELINUX found none of its configuration files",
            "It asks for ten names beneath pxelinux.cfg, the last of them default.",
            "Let Pilotfish make it (a target is enough), or put pxelinux.cfg/default beside the loader."),
        ScreenCode(
            "Failed to load ldlinux.c32", "PXELINUX lacks its core module",
            "ldlinux.c32 is not there, or is of another version or architecture than the loader.",
            "Put the ldlinux.c32 of the very same version beside pxelinux.0 or syslinux.efi."),
        ScreenCode(
            "Failed to load COM32 file", "PXELINUX cannot load a module",
            "The module is not there, or of another version than the loader.",
            "Put all .c32 files of the same version beside the loader."),
        ScreenCode(
            "Could not find kernel image", "PXELINUX found no kernel of that name",
            "The path in the configuration is not one under the root.",
            "\"pilotfish explain MAC --file NAME\" shows where it was looked for."),
        ScreenCode(
            "Invalid or corrupt kernel image", "the kernel is none for this loader",
            "A kernel of another architecture, an EFI program given to a BIOS loader, or a file that did not come whole.",
            "See that file and loader belong together."),
        ScreenCode(
            "error: couldn't send network packet", "GRUB cannot send",
            "A mistake in the firmware's network driver, or no address.",
            "Use iPXE as the loader of these machines."),
        ScreenCode(
            "error: timeout reading", "GRUB's transfer stopped", "Packets are lost, or the firmware's driver overruns.",
            "Set tftp.max-window-size lower, or fetch by HTTP: root=(http,ADDRESS)."),
        ScreenCode(
            "error: no server is specified", "GRUB knows no server",
            "The DHCP server's lease has no next-server and GRUB looks at nothing else.",
            "Set next-server in the DHCP server to this host, or chain through iPXE."),
        ScreenCode(
            "error: you need to load the kernel first", "GRUB has an initrd and no kernel",
            "The kernel failed to load one line above.", "Look at that line."),
        ScreenCode(
            "error: invalid magic number", "GRUB was given something that is no kernel",
            "A page of a web server, or a wrong path.",
            "\"pilotfish explain MAC --file NAME\"."),
        ScreenCode(
            "bad shim signature", "shim does not know who signed the kernel",
            "Secure Boot with a kernel of another maker.",
            "Use shim, GRUB and kernel of one maker, enrol the key, or switch Secure Boot off."),
        ScreenCode(
            "Security Violation", "Secure Boot refuses a program", "It is not signed by a key that the machine knows.",
            "Use a signed loader (shim), or switch Secure Boot off."),
        ScreenCode(
            "No more network devices", "iPXE has tried all cards", "Every card failed; the lines above say why.",
            "Look up the number of ipxe.org above it."),
        ScreenCode(
            "No bootable device", "the firmware has nothing left to boot",
            "The network boot failed before, or was not in its list.",
            "Put the network first in the boot order; \"pilotfish sessions MAC\" shows whether it asked at all."),
        ScreenCode(
            "Unable to mount root fs", "the kernel has no root file system",
            "The initrd did not come with it, is of another kernel, or did not fit into memory.",
            "See that the target names the initrd; give the machine more memory."),
        ScreenCode(
            "Initramfs unpacking failed", "the initrd could not be unpacked",
            "Too little memory, or a file that is not whole.",
            "Give the machine more memory, or a smaller initrd."),
    ]
}
