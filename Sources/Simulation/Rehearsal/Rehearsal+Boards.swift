import BootPolicy
import Wire

extension Rehearsal {
    /// shim, which looks for revocations and certificates beside itself and starts GRUB from there.
    mutating func playShim(from loader: BootLocation) {
        for name in ["revocations_sku.efi", "revocations_sbat.efi", "shim_certificate_0.efi"] {
            guard fetch(loader.beside(name), by: .shim) != nil else { return }
        }
        let suffix = plan.kind == .arm64 ? "aa64" : plan.kind == .ia32 ? "ia32" : "x64"
        let location = loader.beside("grub\(suffix).efi")
        guard let found = fetch(location, by: .shim) else { return }
        guard found.isThere else { return missing(location, found, by: .shim) }
        start(found, from: location, by: .shim)
    }

    // MARK: Raspberry Pi

    /// A Raspberry Pi 4: it looks for a directory of its serial number, else takes everything from the top.
    mutating func playRaspberryPi() {
        guard let told = converse(as: .firmware, .raspberryPi, nil) else { return }
        let server = "\(told.server)"
        let serial = serialNumber
        func place(_ directory: String, _ name: String) -> BootLocation {
            BootLocation(.tftp, server: server, path: directory + name)
        }
        var directory = serial + "/"
        guard let own = fetch(place(directory, Self.start), by: .firmware) else { return }
        if !own.isThere {
            directory = ""
            guard let shared = fetch(place(directory, Self.start), by: .firmware) else { return }
            guard shared.isThere else { return missing(place(directory, Self.start), shared, by: .firmware) }
        }
        guard fetch(place(directory, "fixup4.dat"), by: .firmware) != nil,
            let found = fetch(place(directory, "config.txt"), by: .firmware)
        else { return }
        let config = PiConfiguration(found.text ?? "")
        guard fetch(place(directory, config.deviceTree), by: .firmware) != nil,
            let line = fetch(place(directory, config.commandLine), by: .firmware)
        else { return }
        if let disk = config.disk {
            guard let found = fetch(place(directory, disk), by: .firmware) else { return }
            guard found.isThere else { return missing(place(directory, disk), found, by: .firmware) }
        }
        for kernel in config.kernels {
            guard let found = fetch(place(directory, kernel), by: .firmware) else { return }
            guard found.isThere else { continue }
            let text = line.isThere ? line.text ?? "" : ""
            return finish(
                .kernel(
                    path: directory + kernel, disks: [config.disk].compactMap(\.self).map { directory + $0 },
                    arguments: masked(words: String(text.prefix { !$0.isNewline }))))
        }
        stop(.fileMissing, "firmware finds no kernel: \(config.kernels.joined(separator: ", "))")
    }

    private static let start = "start4.elf"

    /// Eight digits; made of the hardware address when nobody said one.
    private var serialNumber: String {
        guard plan.serial.isEmpty else { return String(plan.serial.suffix(8)).lowercased() }
        let digits = String(plan.hardware.value & 0xFFFF_FFFF, radix: 16)
        return String(repeating: "0", count: max(0, 8 - digits.count)) + digits
    }
}

/// What of `config.txt` names files.
private struct PiConfiguration {
    var kernels = ["kernel8.img", "kernel7l.img"]
    var disk: String?
    var commandLine = "cmdline.txt"
    var deviceTree = "bcm2711-rpi-4-b.dtb"

    init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split { $0 == " " || $0 == "=" || $0 == "\t" }.map(String.init)
            guard words.count > 1 else { continue }
            switch words[0] {
            case "kernel": kernels = [words[1]]
            case "initramfs": disk = words[1]
            case "cmdline": commandLine = words[1]
            case "device_tree": deviceTree = words[1]
            default: break
            }
        }
    }
}
