import Wire

/// Where a client stands in its boot: what breaks the loop of a loader that is sent to itself for ever.
package enum BootStage: Sendable, Hashable {
    /// The machine's own PXE stack: it needs a loader.
    case firmware
    /// UEFI HTTP Boot: it needs the URL of a loader.
    case httpFirmware
    /// The boot ROM or EEPROM of a Raspberry Pi: it wants to read one text and then fetches its own files.
    case raspberryPi
    /// An iPXE that somebody else built: in the card's ROM, or ours from Debian; its features tell what it can do.
    case foreignIPXE
    /// An iPXE built with the user class `pilotfish`.
    case ownIPXE
}

extension BootStage: LosslessStringConvertible, CaseIterable {
    /// Reads a name as `description` gives it.
    package init?(_ name: String) {
        guard let stage = Self.allCases.first(where: { $0.description == name }) else { return nil }
        self = stage
    }

    /// The machine's own network stack, with which every boot begins.
    package var isFirmware: Bool { self == .firmware || self == .httpFirmware || self == .raspberryPi }

    /// Name and option both count: FlexBoot is an iPXE without user class, VirtualBox's is one without features.
    init(_ clientClass: ClientClass, userClass: ShortBytes, ipxe: OptionValue, isRaspberryPi: Bool) {
        let user = UserClass(option: userClass)
        if user.isPilotfish {
            self = .ownIPXE
        } else if user.isIPXE || ipxe != .absent {
            self = .foreignIPXE
        } else if clientClass == .http {
            self = .httpFirmware
        } else {
            self = isRaspberryPi ? .raspberryPi : .firmware
        }
    }

    package var description: String {
        switch self {
        case .firmware: "firmware"
        case .httpFirmware: "http-firmware"
        case .raspberryPi: "raspberry-pi"
        case .foreignIPXE: "foreign-ipxe"
        case .ownIPXE: "own-ipxe"
        }
    }
}

/// What an iPXE build can do, as it says in option 175.
package struct IPXEFeatures: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let http = Self(rawValue: 1)
    /// Linux kernels, on BIOS.
    package static let bzImage = Self(rawValue: 2)
    /// EFI images, which is how an EFI build starts Linux.
    package static let efi = Self(rawValue: 4)

    /// As settings and flags call them.
    package static let names: [(name: String, feature: IPXEFeatures)] = [
        ("http", .http), ("bzimage", .bzImage), ("efi", .efi),
    ]

    /// Able to fetch our script and what it names: HTTP, and a way to start a kernel. VirtualBox's ROM, for one, calls
    /// itself iPXE and has neither.
    package var canRunScript: Bool {
        contains(.http) && !isDisjoint(with: [.bzImage, .efi])
    }
}

extension IPXEFeatures {
    init(option: ShortBytes) {
        var found: IPXEFeatures = []
        var features = Suboptions(option)
        while let (code, value) = features.next() {
            guard value.count > 0, value[0] != 0 else { continue }
            switch code {
            case IPXEOption.http: found.insert(.http)
            case IPXEOption.bzImage: found.insert(.bzImage)
            case IPXEOption.efi: found.insert(.efi)
            default: break
            }
        }
        self = found
    }
}

/// Option 77 in both of its forms: RFC 3004's list, and the bare text that iPXE and most tools send.
struct UserClass {
    let isIPXE: Bool
    let isPilotfish: Bool

    init(option: ShortBytes) {
        var isIPXE = false
        var isPilotfish = false
        func note(_ name: ShortBytes) {
            isIPXE = isIPXE || name.starts(with: "iPXE") || name.starts(with: "gPXE")
            isPilotfish = isPilotfish || name.starts(with: "pilotfish")
        }
        if let names = Self.list(option) {
            names.forEach(note)
        } else {
            note(option)
        }
        self.isIPXE = isIPXE
        self.isPilotfish = isPilotfish
    }

    /// Whether one of the classes begins with `text`.
    static func option(_ option: ShortBytes, names text: String) -> Bool {
        (list(option) ?? [option]).contains { $0.begins(with: text) }
    }

    /// The classes when the option is {length, text}* exactly (RFC 3004 §4), else nil.
    private static func list(_ option: ShortBytes) -> [ShortBytes]? {
        var names: [ShortBytes] = []
        var offset = 0
        while offset < option.count {
            let length = Int(option[offset])
            guard length > 0, offset + 1 + length <= option.count else { return nil }
            names.append(option.slice(from: offset + 1, count: length))
            offset += 1 + length
        }
        return names
    }
}
