package import BootPolicy
package import Wire

/// The machines whose boot can be rehearsed, by the names of the command line.
package enum RehearsedKind: String, CaseIterable, Sendable {
    /// A network card's ROM for BIOS (Intel Boot Agent and its kin).
    case bios
    /// UEFI firmware for x64, as EDK2 builds it.
    case uefi
    /// The same, by HTTP Boot.
    case uefiHTTP = "uefi-http"
    case arm64
    case ia32
    /// A BIOS machine with iPXE as the ROM of its card.
    case ipxe
    /// A Raspberry Pi 4.
    case pi

    /// The messages that it sends.
    var model: FirmwareModel {
        switch self {
        case .bios: .biosROM
        case .uefi, .ia32: .edk2
        case .uefiHTTP: .edk2HTTP
        case .arm64: .edk2ARM64
        case .ipxe: .ipxeBIOS
        case .pi: .raspberryPi
        }
    }

    /// What option 93 says, where the model says something else.
    var architecture: ClientArchitecture? { self == .ia32 ? Self.ia32Architecture : nil }

    /// The messages of an iPXE that it was told to load, or that is its ROM.
    var ipxe: (model: FirmwareModel, architecture: ClientArchitecture?) {
        switch self {
        case .bios, .ipxe, .pi: (.ipxeBIOS, nil)
        case .uefi, .uefiHTTP: (.ipxeUEFI, nil)
        case .arm64: (.ipxeUEFI, Self.arm64Architecture)
        case .ia32: (.ipxeUEFI, Self.ia32Architecture)
        }
    }

    /// Whose programs it starts.
    var role: LoaderTable.Role {
        switch self {
        case .bios, .ipxe, .pi: .bios
        case .uefi, .uefiHTTP: .uefiX64
        case .arm64: .uefiARM64
        case .ia32: .uefiIA32
        }
    }

    var isUEFI: Bool { role.isUEFI }

    /// How iPXE calls it, in `${buildarch}`.
    var buildArchitecture: String {
        switch self {
        case .uefi, .uefiHTTP: "x86_64"
        case .arm64: "arm64"
        case .bios, .ia32, .ipxe, .pi: "i386"
        }
    }

    /// How GRUB calls it: `$grub_cpu` and `$grub_platform`.
    var grubTarget: (cpu: String, platform: String) {
        switch self {
        case .uefi, .uefiHTTP: ("x86_64", "efi")
        case .arm64: ("arm64", "efi")
        case .ia32: ("i386", "efi")
        case .bios, .ipxe, .pi: ("i386", "pc")
        }
    }

    private static let ia32Architecture = ClientArchitecture(6)
    private static let arm64Architecture = ClientArchitecture(11)
}

/// Which machine is played, and where it stands.
package struct RehearsalPlan: Sendable {
    package var kind: RehearsedKind
    package var hardware: MACAddress
    package var machine: MachineUUID
    /// What it would be leased.
    package var address = IPv4Address(192, 0, 2, 100)
    /// Our address, as it reaches us, and the interface that it comes in by.
    package var server: IPv4Address
    package var interfaceName = ""
    package var serial = ""
    /// In MiB, as iPXE tells it.
    package var memory = 4096
    /// Labels that somebody chooses, a menu each, in order; where there is none the menu's time runs out.
    package var choices: [String] = []
    /// What is remembered of firmware of a kind.
    package var lessons: [Fingerprint: Lesson] = [:]
    /// When it is switched on, in milliseconds since 1970.
    package var time: Int64 = 0

    package init(_ kind: RehearsedKind, hardware: MACAddress? = nil, machine: MachineUUID? = nil, server: IPv4Address) {
        self.kind = kind
        // A Raspberry Pi is known by its maker's number.
        let own = hardware ?? MACAddress(kind == .pi ? 0xDCA6_3200_0001 : 0x5254_0000_0001)
        self.hardware = own
        self.machine = machine ?? Self.machine(kind, own)
        self.server = server
    }

    /// Made of the hardware address, so that a machine played twice is one. "SIMU"; a Pi puts its own mark there.
    private static func machine(_ kind: RehearsedKind, _ hardware: MACAddress) -> MachineUUID {
        let mark: UInt64 = kind == .pi ? 0x5250_6934 : 0x5349_4D55
        return MachineUUID(high: mark << 32 | 0x4000, low: 0x8000 << 48 | hardware.value)
    }
}
