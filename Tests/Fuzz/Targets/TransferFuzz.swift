import BootPolicy
import Wire

/// Datagrams to the ports of the TFTP server, and paths.
enum TransferFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let span = octets.span.bytes
        packet(TFTPClientPacket(span), octets, &complaints)
        let text = TFTPClientPacket.errorText(span)
        complaints.demand(
            text.utf8.count <= 64 && text.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "an error's text: \(text)")
        do {
            let request = try ReadRequest(span)
            complaints.demand(octets.starts(with: [0, 1]), "a request out of another packet")
            complaints.demand(
                Array(octets.dropFirst(2).prefix { $0 != 0 }) == request.name, "the name was read wrong")
            options(request.options, &complaints)
            run(path: request.name, &complaints)
        } catch {
            // RFC 1350 §7: an ERROR is never answered.
            complaints.demand(!octets.starts(with: [0, 5]) || error.answer == nil, "an answer to an error")
        }
    }

    private static func packet(_ packet: TFTPClientPacket, _ octets: [UInt8], _ complaints: inout Complaints) {
        func word(_ at: Int) -> UInt16? {
            at + 1 < octets.count ? UInt16(octets[at]) << 8 | UInt16(octets[at + 1]) : nil
        }
        switch packet {
        case .acknowledge(let number):
            complaints.demand(word(0) == 4 && word(2).map(BlockNumber.init) == number, "an ACK was read wrong")
        case .error(let code): complaints.demand(word(0) == 5 && word(2) == code, "an ERROR was read wrong")
        case .readRequest: complaints.demand(word(0) == 1, "a request was read wrong")
        case .other(let opcode): complaints.demand(word(0) == opcode, "an opcode was read wrong")
        case .malformed: complaints.demand(octets.count < 4, "refused as malformed")
        }
    }

    private static func options(_ options: TransferOptions, _ complaints: inout Complaints) {
        complaints.demand(options.blockSize.map((8...65_464).contains) ?? true, "blksize")
        complaints.demand(options.transferSize.map { $0 >= 0 } ?? true, "tsize")
        complaints.demand(options.timeout.map((1...255).contains) ?? true, "timeout")
        complaints.demand(options.windowSize.map((1...65_535).contains) ?? true, "windowsize")
        var writer = ByteWriter()
        TFTPReplyWriter.optionAcknowledge(options, into: &writer)
        // What would be granted as asked is read as it was written (RFC 2347).
        let request = [0, 1, 0x78, 0] + Array("octet".utf8) + [0] + writer.bytes.dropFirst(2)
        complaints.demand((try? ReadRequest(request.span.bytes))?.options == options, "an OACK does not say the same")
    }

    /// A name is refused, or becomes a path that stays where it is.
    static func run(path name: [UInt8], _ complaints: inout Complaints) {
        guard let path = try? RequestPath(name) else { return }
        let parts = path.text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        complaints.demand(
            !parts.contains { $0.isEmpty || $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) },
            "a path that leads elsewhere: \(path.text)")
        complaints.demand(
            path.text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }, "octets of no path")
        complaints.demand((try? RequestPath(path.text.utf8)) == path, "cleaned twice, and differently")
        let candidates = AssetResolver.candidates(for: path, of: requester, in: catalog).map(\.asset)
        complaints.demand(
            candidates.first == .rootFile(path) || InstallPath(path) != nil,
            "the operator's own file does not come first")
        for candidate in candidates { check(candidate, path, &complaints) }
    }

    private static func check(_ asset: Asset, _ path: RequestPath, _ complaints: inout Complaints) {
        switch asset {
        case .hostFile(let file):
            complaints.demand(
                catalog.allLoaders.contains { $0.path == file } || file.hasPrefix("/usr/lib/"),
                "a file that nobody named: \(file)")
        case .script(let dialect, let entry):
            let setting = catalog.setting(for: requester, local: IPAddress(.any))
            let text = dialect.render(entry, of: catalog.targets, setting)
            complaints.demand(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 }, "a control character")
            complaints.demand(
                dialect != .ipxe || path.text.contains("inner") || !text.contains("behind/vmlinuz"),
                "what is behind a password, without one")
        case .answerFile(let template, let machine):
            complaints.demand(catalog.answers.names.contains(template), "an answer file that nobody wrote: \(template)")
            complaints.demand(machine.hardware == nil || path.parts.count > 2, "a machine that nobody named")
        case .mirrored(let mirror, let file):
            complaints.demand(mirror.url(of: file).hasPrefix("http://192.0.2.7/debian/"), "another server's file")
        case .text(let text): complaints.demand(text.utf8.count < 1024, "a text of \(text.utf8.count) octets")
        case .install: complaints.demand(false, "an install of nobody's")
        case .rootFile, .lockedScript, .automaticScript, .foreignAnswerFile: break
        }
    }

    private static let requester = Requester(address: IPAddress(.any))

    private static let catalog: Catalog = {
        var catalog = Catalog()
        catalog.loaders[.bios] = [Loader(path: "/usr/lib/ipxe/undionly.kpxe")]
        let lock = MenuLock(menu: "tools", password: "Fish@7%", crypt: "$6$a$b", grub: "grub.pbkdf2.sha512.1.AA.BB")
        catalog.targets = TargetBook(
            usual: .menu(TargetMenu(title: "What shall it be?", items: ["rescue", "tools", "local"])),
            [
                "rescue": .target(.standard),
                "inner": .target(
                    BootTarget(title: "Inner", action: .linux(LinuxBoot(kernel: "behind/vmlinuz", initrds: [])))),
                "tools": .menu(TargetMenu(title: "Tools", items: ["inner", "shell"], lock: lock)),
            ])
        catalog.answers = AnswerBook(templates: ["preseed.cfg": "", "_part.cfg": "", "a/b.json": ""])
        catalog.mirrors["debian"] = MirrorPlan(name: "debian", upstream: "http://192.0.2.7/debian")
        return catalog
    }()
}
