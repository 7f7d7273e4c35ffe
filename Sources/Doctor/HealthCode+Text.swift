extension HealthCode {
    /// One line for a list of codes.
    package var summary: String { text.summary }

    /// Why it matters, in a sentence.
    package var cause: String { text.cause }

    /// What it means, for `pilotfish explain`.
    package var explanation: String {
        "Found by \"pilotfish doctor --only \(area.rawValue)\", which names the thing and a command to mend it.\n\n"
            + [text.cause, text.more].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private struct Text {
        var summary: String
        var cause: String
        var more = ""

        init(_ summary: String, _ cause: String, _ more: String = "") {
            (self.summary, self.cause, self.more) = (summary, cause, more)
        }
    }

    private var text: Text {
        switch rawValue {
        case ..<20: serviceText
        case 20..<50: networkText
        case 50..<70: fileText
        default: hostText
        }
    }

    private var serviceText: Text {
        switch self {
        case .serviceSilent:
            Text(
                "the service does not run", "Without it nobody answers machines that ask for a boot.",
                "The doctor asks at the control socket in the state directory; --state names another one.")
        case .serviceObserves:
            Text(
                "the service only watches", "In the mode \"observe\" it answers nobody; \"pilotfish arm\" changes that."
            )
        case .serviceFrozen:
            Text("the service begins no boots", "In the mode \"frozen\" boots under way go on, and no new one begins.")
        case .notLooked:
            Text(
                "a check that could not be done", "What was not looked at may be wrong all the same.",
                "Most checks need root; some need a program that is not installed here.")
        case .portTaken:
            Text(
                "a port belongs to another program",
                "The service cannot start beside it, or machines ask the other one.",
                "Only one program can have a port. Ports 69 (TFTP), 4011 (boot service) and 80 (HTTP) have to be ours; ours "
                    + "of TFTP and HTTP can be moved with [tftp] listen and [http] listen.")
        case .portShared:
            Text(
                "port 67 belongs to a DHCP server of this host",
                "That is fine: requests are taken from the wire beside it.")
        default:
            Text(
                "nobody listens at a port of ours", "The service runs, but machines that ask there hear nothing.",
                "It may serve with other settings than the ones that the doctor read; --settings names others.")
        }
    }

    private var networkText: Text {
        switch self {
        case .firewallDrops:
            Text(
                "the firewall eats requests", "What machines send does not come to the service.",
                "The doctor sends each kind of packet of a boot through the rules of nftables and iptables in its mind: base "
                    + "chains in the order of their priorities, jumps, sets and maps. IPv4 only.")
        case .firewallDropsAnswers:
            Text("the firewall eats answers", "What the service sends does not come to machines.")
        case .firewallMayDrop:
            Text(
                "the firewall may eat packets of boots",
                "A rule looks at something that the doctor does not understand.",
                "Rate limits, sets of ipset, marks and the like: whether they hold shows only in traffic.")
        case .noInterface: Text("no interface to serve", "Without one nothing is served.")
        case .interfaceMissing:
            Text("an interface that is to be served is not there", "It is served when it appears.")
        case .interfaceDown:
            Text("a served interface is down", "It is switched off, or has no carrier: cable, switch port, or driver.")
        case .noAddress:
            Text(
                "a served interface has no IPv4 address",
                "Machines are told an address to fetch from, and there is none.")
        case .bridgePort:
            Text(
                "a served interface is a port of another", "Its packets are seen at the bridge or bond, and not at it.")
        case .bridgeDelay:
            Text(
                "a bridge of this host delays its ports",
                "With spanning tree, a port that comes up is silent for twice the forward delay, mostly 30 seconds; firmware "
                    + "gives up before that (PXE-E51, PXE-E18).",
                "The same holds for switches, which the doctor does not see: set \"portfast\" or \"edge port\" there.")
        case .notWired: Text("a served interface is no wired Ethernet", "No firmware boots over it.")
        case .sameNetwork:
            Text(
                "two interfaces are in one network",
                "Answers may leave by the other one, which is not where the machine asked.")
        case .strictReversePath:
            Text(
                "the kernel drops packets of networks behind relays",
                "With rp_filter 1 it drops what comes from a network that it would not answer by the same interface.")
        case .smallMTU:
            Text("an interface with an unusual MTU", "Blocks of TFTP are made to fit; the rest has to as well.")
        case .largeBlocks:
            Text(
                "blocks of TFTP larger than packets",
                "They are sent in fragments, which many network ROMs cannot put together."
            )
        default:
            Text(
                "the neighbour table is smaller than the network",
                "When it is full, packets to machines are dropped (\"neighbour table overflow\" in the kernel's log).")
        }
    }

    private var fileText: Text {
        switch self {
        case .rootMissing: Text("the root is not there", "There are no files to serve.")
        case .fileMissing: Text("a file that is to be booted is not there", "Every machine that gets it stops there.")
        case .fileUnreadable:
            Text(
                "a file that the service may not read",
                "The service drops root, and then is refused like any other user.",
                "What decides are the owner, the group and the mode of the file, and the x bit of every directory above."
            )
        case .fileLeadsOut:
            Text(
                "a link that leads out of the root",
                "The service opens nothing outside of the root, through links neither.")
        case .fileEmpty: Text("an empty file", "A machine fetches it, and then stops.")
        case .fileStrange:
            Text("a file that is not what its place asks for", "A download may have brought a page of text instead.")
        case .fileOpen: Text("a file that others may change", "Who can change it decides what machines boot.")
        case .stateNotOurs:
            Text("the state directory is not the service's", "Installs and hosts cannot be written down.")
        case .noServiceUser:
            Text(
                "the service's user does not exist",
                "The service then becomes \"nobody\", if the name is the default one.")
        case .largeForMemory:
            Text(
                "a boot that needs much memory",
                "Kernel and initial RAM disks lie in the machine's memory, packed and unpacked: small machines stop.")
        case .loaderMissing:
            Text(
                "a loader is not there", "Machines of that kind are offered nothing, or a file that they cannot fetch.")
        case .loaderOfOtherMachine:
            Text(
                "a loader for another kind of machine", "Firmware refuses it, mostly without a word.",
                "The header of a UEFI program (PE) says what machine it is for; a BIOS program has none.")
        case .loaderStrange: Text("a loader that is no program", "A download may have brought a page of text instead.")
        default:
            Text(
                "a loader without a signature", "Machines with Secure Boot refuse it; all others start it.",
                "Signed are Debian's shim and GRUB (packages shim-signed and grub-efi-amd64-signed). Whether a machine trusts "
                    + "the signature is for its own keys to say.")
        }
    }

    private var hostText: Text {
        switch self {
        case .diskFull:
            Text("the disk of the state is full", "Installs, hosts and what mirrors fetch cannot be written.")
        case .diskLow: Text("the disk of the state is nearly full", "When it is full, installs stop.")
        case .diskReadOnly: Text("the state cannot be written", "Its file system is mounted read-only.")
        case .diskForgets:
            Text("the state is in memory", "After a reboot nobody knows which machine was installed already.")
        case .clockWrong:
            Text("the clock is wrong", "Start times, tokens and certificates of mirrors are judged by it.")
        case .clockFree: Text("nobody sets the clock", "It may drift: start times and certificates are judged by it.")
        case .memoryLow: Text("little memory is free", "Files that are sent come from the disk each time.")
        case .fewDescriptors: Text("few files may be open", "Each transfer needs one: a crowd of machines would wait.")
        default: Text("a feature of the kernel is missing", "The service works without it, slower or less confined.")
        }
    }
}
