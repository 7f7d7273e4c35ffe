import BootPolicy
import Media

@testable import Doctor

/// A file that may be a loader, a kernel or a RAM disk: nothing is read beyond its end, and whoever reads for what
/// machine it is reads the same.
enum ProgramFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let kind = LoaderKind(octets)
        complaints.demand((kind == nil) == (octets.count < 16), "what is short is no loader, and all else is one")
        if let kind { complaints.demand(!kind.name.isEmpty, "a kind without a name") }
        let wanted = machine(octets)
        switch kind {
        case .efi(let found, _):
            complaints.demand(found.rawValue == wanted, "a program for another machine: \(found)")
            let processor = processors[found.rawValue]
            complaints.demand(
                processor == nil || KernelImage.processor(octets) == processor, "a kernel for another: \(found)")
        case .bios: complaints.demand(wanted == nil, "a program for UEFI that is none")
        case .text:
            complaints.demand(wanted == nil, "a program for UEFI that is text")
            complaints.demand(!octets.prefix(64).contains(0), "zeros are text")
        case nil: break
        }
        if case .efi = kind {
            complaints.demand(FileShape.isKernel(octets), "a program for UEFI that cannot be a kernel")
            complaints.demand(octets.starts(with: "MZ".utf8), "a program for UEFI that does not begin like one")
        }
        if KernelImage.processor(octets) != nil {
            complaints.demand(FileShape.isKernel(octets), "a processor of what is no kernel")
        }
        let isInitrd = FileShape.isInitrd(octets)
        complaints.demand(!isInitrd || octets.first != 0, "zeros are a RAM disk")
        // gzip: anything may be in it.
        let isPacked = octets.starts(with: [0x1F, 0x8B])
        complaints.demand(!isPacked || isInitrd && FileShape.isKernel(octets), "what is packed is nothing")
    }

    /// Machines of the PE format that kernels are made for.
    private static let processors: [UInt16: Processor] = [
        0x8664: .x64, 0x014C: .ia32, 0xAA64: .arm64, 0x5064: .riscv64, 0x6264: .loongarch64,
    ]

    /// The machine of a PE program (Microsoft's "PE Format"), read octet by octet; nil for anything else.
    private static func machine(_ octets: [UInt8]) -> UInt16? {
        guard octets.count >= 0x40, octets.starts(with: "MZ".utf8) else { return nil }
        let place = (0..<4).reduce(0) { $0 + Int(octets[0x3C + $1]) << (8 * $1) }
        let header = octets.dropFirst(place).prefix(6)
        guard header.count == 6, header.starts(with: [0x50, 0x45, 0, 0]) else { return nil }
        return header.suffix(2).reversed().reduce(0) { $0 << 8 | UInt16($1) }
    }
}
