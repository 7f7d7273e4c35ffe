/// Option 43 of a reply to a PXE client (PXE 2.1, table 2-1); it must fit one option and end with 255, for iPXE reads the
/// first piece only.
package enum PXEVendorOptions: Equatable, Sendable {
    /// No option 43 at all.
    case none
    /// 43.6 bit 3: "take the file named in this offer". With `prompt`, an empty one of 0 seconds follows, without which
    /// some ROMs stop (PXE-E74).
    case direct(prompt: Bool)
    /// A menu whose items are asked for at `server`.
    case menu(PXEMenu, server: IPv4Address)
    /// The item that the client picked, echoed (43.71).
    case bootItem(PXEBootItem)
    /// What the ROM of a Raspberry Pi looks for; that of the first generation counts three octets too many, so that
    /// three blanks must follow the text.
    case raspberryPi(firstGeneration: Bool)
}

/// An item of a boot menu as a client picks it: 43.71, four octets.
package struct PXEBootItem: Hashable, Sendable {
    /// 0 is local boot; ours begin at 0x8000, the range for vendors.
    package var type: UInt16
    /// Bit 15 asks for credentials; the rest counts layers, in practice 0.
    package var layer: UInt16

    package init(type: UInt16, layer: UInt16) {
        self.type = type
        self.layer = layer
    }

    /// Reads 43.71; nil when it has not exactly four octets.
    package init?(_ value: ShortBytes) {
        guard value.count == 4, let type = value.u16(at: 0), let layer = value.u16(at: 2) else { return nil }
        self.init(type: type, layer: layer)
    }

    /// Whether the client wants the boot file signed (BIS), which nobody has used for twenty years.
    package var wantsCredentials: Bool { layer & 0x8000 != 0 }
}

/// A PXE boot menu: prompt, items, and how their servers are found.
package struct PXEMenu: Equatable, Sendable {
    /// How a client asks for an item (43.6); only one way is told, for EDK2 tries only one.
    package enum Discovery: String, Sendable, CaseIterable {
        /// To the address in 43.8; what works through every switch.
        case unicast
        /// To everybody, on port 67.
        case broadcast
        /// To the group in 43.7.
        case multicast

        /// 43.6. Bits: 0 no broadcast, 1 no multicast, 2 only servers of 43.8; bit 2 stays clear, for EDK2 and iPXE
        /// read it differently.
        var control: UInt8 {
            switch self {
            case .unicast: 0b011
            case .broadcast: 0b010
            case .multicast: 0b001
            }
        }
    }

    package struct Item: Equatable, Sendable {
        package var type: UInt16
        package var text: String

        package init(type: UInt16, text: String) {
            self.type = type
            self.text = text
        }
    }

    package var prompt: String
    /// Seconds until the first item is taken; 0 at once, 255 never.
    package var timeout: UInt8
    package var items: [Item]
    package var discovery: Discovery

    package init(prompt: String, timeout: UInt8, items: [Item], discovery: Discovery = .unicast) {
        self.prompt = prompt
        self.timeout = timeout
        self.items = items
        self.discovery = discovery
    }

    /// The group that boot servers listen to (PXE 2.1 §2.2.1 leaves it open; this one is customary).
    package static let group = IPv4Address(224, 0, 1, 2)

    /// Octets of option 43 with its end mark.
    package var encodedLength: Int {
        let group = discovery == .multicast ? 6 : 0
        let servers = 2 + 7 * items.count { $0.type != 0 }
        let texts = items.reduce(2) { $0 + 3 + $1.text.utf8.count }
        return 3 + group + servers + texts + 3 + prompt.utf8.count + 1
    }

    /// Whether it can be sent at all: every sub-option counts its octets in one, and so does the option.
    package var fits: Bool { encodedLength <= 255 }
}

extension PXEVendorOptions {
    /// Writes option 43 with its code and length; nothing for `none`.
    func write(into writer: inout ByteWriter) {
        if self == .none { return }
        writer.u8(DHCPOptionCode.vendorSpecific.rawValue)
        let length = writer.count
        writer.u8(0)
        writeSuboptions(into: &writer)
        writer.u8(DHCPOptionCode.end.rawValue)
        let octets = writer.count - length - 1
        precondition(octets <= 255, "a menu that does not fit is refused by the settings")
        writer.patch(u8: UInt8(octets), at: length)
    }

    private func writeSuboptions(into writer: inout ByteWriter) {
        switch self {
        case .none:
            break
        case .direct(let prompt):
            writer.suboption(PXEOption.discoveryControl, PXEOption.useFileNamed)
            if prompt { writer.prompt("PXE", timeout: 0) }
        case .menu(let menu, let server):
            writer.suboption(PXEOption.discoveryControl, menu.discovery.control)
            if menu.discovery == .multicast {
                writer.suboptionHead(PXEOption.discoveryGroup, length: 4)
                writer.u32(PXEMenu.group.value)
            }
            writer.prompt(menu.prompt, timeout: menu.timeout)
            writer.bootServers(of: menu, server: server)
            writer.items(of: menu)
        case .bootItem(let item):
            writer.suboptionHead(PXEOption.bootItem, length: 4)
            writer.u16(item.type)
            writer.u16(item.layer)
        case .raspberryPi(let firstGeneration):
            writer.suboption(PXEOption.discoveryControl, PXEMenu.Discovery.unicast.control)
            writer.prompt("PXE", timeout: 0)
            let text = firstGeneration ? "Raspberry Pi Boot   " : "Raspberry Pi Boot"
            writer.items(of: PXEMenu(prompt: "", timeout: 0, items: [.init(type: 0, text: text)]))
        }
    }
}

extension ByteWriter {
    fileprivate mutating func suboptionHead(_ code: UInt8, length: Int) {
        u8(code)
        u8(UInt8(length))
    }

    fileprivate mutating func suboption(_ code: UInt8, _ value: UInt8) {
        suboptionHead(code, length: 1)
        u8(value)
    }

    /// 43.10: seconds, then the text.
    fileprivate mutating func prompt(_ text: String, timeout: UInt8) {
        suboptionHead(PXEOption.menuPrompt, length: 1 + text.utf8.count)
        u8(timeout)
        append(text.utf8)
    }

    /// 43.8: one address for each type, because EDK2 visits all addresses of a type. Local boot has none.
    fileprivate mutating func bootServers(of menu: PXEMenu, server: IPv4Address) {
        suboptionHead(PXEOption.bootServers, length: 7 * menu.items.count { $0.type != 0 })
        for item in menu.items where item.type != 0 {
            u16(item.type)
            u8(1)
            u32(server.value)
        }
    }

    /// 43.9, in the order shown.
    fileprivate mutating func items(of menu: PXEMenu) {
        suboptionHead(PXEOption.bootMenu, length: menu.items.reduce(0) { $0 + 3 + $1.text.utf8.count })
        for item in menu.items {
            u16(item.type)
            u8(UInt8(item.text.utf8.count))
            append(item.text.utf8)
        }
    }
}
