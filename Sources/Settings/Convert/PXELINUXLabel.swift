import BootPolicy

/// One `LABEL` of a configuration of PXELINUX, as it is read.
struct PXELINUXLabel {
    let name: String
    let directive: Directive
    /// How many directives say it.
    var weight = 1
    var title: String?
    /// `KERNEL`, `LINUX`, `COM32` and the like, in small letters, and what stands behind.
    var kernel: (verb: String, file: String)?
    var initrds: [String]?
    var arguments: String?
    /// The bits of `SYSAPPEND`.
    var appended: Int?
    var isHidden = false
    var isHeading = false
    /// The tag of `MENU GOTO`.
    var goal: String?

    init(name: String, directive: Directive) {
        self.name = name
        self.directive = directive
    }
}

/// What a label boots: an action, for all machines or for BIOS alone.
struct PXELINUXAction {
    var action: BootAction
    var isForBIOS = false
    /// What is not quite the same.
    var note: String?
}

extension PXELINUXLabel {
    /// The file's name without its directories, in small letters.
    var program: String { kernel?.file.lastPart.lowercased() ?? "" }

    /// Whether it is one of the modules that show a menu.
    var isMenu: Bool { ["menu.c32", "vesamenu.c32"].contains(program) }

    /// What is booted.
    ///
    /// - Throws: why there is no equivalent.
    func action() throws(Problem) -> PXELINUXAction {
        guard let kernel else { throw Problem("it boots nothing") }
        if kernel.verb == "localboot" { return PXELINUXAction(action: .localDisk) }
        if ["boot", "bss", "fdimage"].contains(kernel.verb) || program.hasSuffix(".bs") || program.hasSuffix(".bss") {
            throw Problem("boot sectors are not started; an image of a whole disk is (memdisk = …)")
        }
        if program.hasSuffix(".c32") { return try module() }
        if program == "memdisk" { return try memdisk() }
        if kernel.file.contains("://") { return try remote(kernel.file) }
        let path = try Check.rootFile(try Self.path(kernel.file))
        if program.hasSuffix(".efi"), initrdsAndArguments.initrds.isEmpty {
            return PXELINUXAction(action: .program(path: path))
        }
        let isLoader = kernel.verb == "pxe" || [".0", ".kpxe", ".pxe"].contains(where: program.hasSuffix)
        if isLoader || program.hasPrefix("memtest") || program.hasSuffix(".bin") {
            let lost = initrdsAndArguments.arguments.isEmpty ? nil : "a program gets no arguments"
            return PXELINUXAction(action: .program(path: path), isForBIOS: true, note: lost)
        }
        return try linux(path)
    }

    private func linux(_ path: String) throws(Problem) -> PXELINUXAction {
        var (files, arguments) = initrdsAndArguments
        var note: String?
        if arguments.contains("${pxeserver}") {
            arguments.replace("${pxeserver}", with: "${server}")
            note = "${pxeserver}, which archiso fills in, is ${server} here: our address"
        } else if !VariableText(arguments).variables.isEmpty {
            note = "what stands in ${ } is a variable of Pilotfish now"
        }
        let bits = appended ?? 0
        if bits & 1 != 0, !arguments.split(separator: " ").contains(where: { $0.hasPrefix("ip=") }) {
            arguments += " ip=dhcp"
            note = "SYSAPPEND gave the kernel the loader's address; with ip=dhcp it asks for its own"
        }
        if bits & 2 != 0 { arguments += " BOOTIF=${bootif}" }
        if bits & 4 != 0 { arguments += " SYSUUID=${uuid}" }
        if bits & ~7 != 0 { note = "SYSAPPEND's bits above 4 (CPU, DMI) are left out" }
        var initrds: [String] = []
        for file in files { initrds.append(try Check.initrd(try Self.path(file))) }
        guard Set(initrds).count == initrds.count else { throw Problem("a RAM disk is named twice") }
        let boot = LinuxBoot(
            kernel: path, initrds: initrds,
            arguments: try Check.kernelArguments(arguments.split(separator: " ").joined(separator: " ")))
        return PXELINUXAction(action: .linux(boot), isForBIOS: program.hasSuffix(".lkrn"), note: note)
    }

    private func memdisk() throws(Problem) -> PXELINUXAction {
        let (files, arguments) = initrdsAndArguments
        guard files.count == 1 else { throw Problem("memdisk takes one image, and this names \(files.count)") }
        let image = try Check.rootFile(try Self.path(files[0]))
        let own = arguments.split(separator: " ").filter { !["iso", "raw"].contains($0) }
        let note =
            own.isEmpty
            ? nil : "memdisk is started with \"raw\", and \"iso\" for such; without \(own.joined(separator: " "))"
        return PXELINUXAction(action: .memdisk(path: image), note: note)
    }

    private func module() throws(Problem) -> PXELINUXAction {
        let arguments = initrdsAndArguments.arguments
        switch program {
        case "reboot.c32": return PXELINUXAction(action: .reboot)
        case "poweroff.c32", "poweroff.com": return PXELINUXAction(action: .powerOff)
        case "chain.c32":
            let isDisk = arguments.split(separator: " ").allSatisfy { word in
                ["hd", "boot", "mbr", "label=", "swap"].contains(where: word.hasPrefix)
                    || word.allSatisfy(\.isNumber)
            }
            guard isDisk else {
                throw Problem("chain.c32 with files of its own is not done; action = \"local\" goes on with the disk")
            }
            let note = "the machine's next boot device, whichever disk was meant by \"\(arguments)\""
            return PXELINUXAction(action: .localDisk, note: arguments == "hd0" || arguments.isEmpty ? nil : note)
        case "linux.c32": throw Problem("write the kernel behind LINUX, and convert again")
        default:
            throw Problem(
                "\(Check.shown(program)) is a module of PXELINUX alone; keep its own configuration in the root for it, where a real file wins"
            )
        }
    }

    /// A file on another server.
    private func remote(_ url: String) throws(Problem) -> PXELINUXAction {
        let (files, arguments) = initrdsAndArguments
        guard files.isEmpty, arguments.isEmpty else {
            throw Problem("kernels lie beneath root; copy this one there, or chain to a script that names the URL")
        }
        return PXELINUXAction(action: .chain(url: VariableText(try Check.url(url))))
    }

    /// `INITRD`, else what `initrd=` in the arguments says, and the arguments without that.
    private var initrdsAndArguments: (initrds: [String], arguments: String) {
        let words = (arguments == "-" ? "" : arguments ?? "").split(whereSeparator: \.isWhitespace)
        let inside = words.filter { $0.hasPrefix("initrd=") }.last?.dropFirst(7)
        let listed = inside.map { $0.split(separator: ",").map(String.init) } ?? []
        return (initrds ?? listed, words.filter { !$0.hasPrefix("initrd=") }.joined(separator: " "))
    }

    /// A path as PXELINUX writes it, beneath the root: `::` means the server that the loader came from.
    private static func path(_ file: String) throws(Problem) -> String {
        let text = file.hasPrefix("::") ? file.dropFirst(2) : file[...]
        guard !text.contains("::"), !text.contains("://") else {
            throw Problem("\"\(Check.shown(file))\" lies on another server; copy it beneath root")
        }
        return String(text.drop { $0 == "/" })
    }
}
