import BootPolicy
import Media

@testable import Doctor

/// A file that may be a loader, a kernel or a RAM disk: nothing is read beyond its end, and who says what it is says it twice.
enum ProgramFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let kind = LoaderKind(octets)
        complaints.demand(kind == LoaderKind(octets), "it is two kinds of loader")
        complaints.demand((kind == nil) == (octets.count < 16), "what is short is no loader, and all else is one")
        if let kind { complaints.demand(!kind.name.isEmpty, "a kind without a name") }
        if case .efi = kind {
            complaints.demand(FileShape.isKernel(octets), "a program for UEFI that cannot be a kernel")
            complaints.demand(octets.starts(with: "MZ".utf8), "a program for UEFI that does not begin like one")
        }
        if KernelImage.processor(octets) != nil {
            complaints.demand(FileShape.isKernel(octets), "a processor of what is no kernel")
        }
        _ = FileShape.isInitrd(octets)
    }
}
