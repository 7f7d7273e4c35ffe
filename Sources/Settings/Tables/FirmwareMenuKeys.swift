import BootPolicy
import Wire

/// `[firmware-menu]` as it is written, without its items.
package struct FirmwareMenuTable: Equatable, Sendable {
    var prompt: String?
    var timeout: UInt8?
    var discovery: PXEMenu.Discovery?

    init() {}

    init(_ menu: FirmwareMenu) {
        prompt = menu.prompt
        timeout = menu.timeout
        discovery = menu.discovery
    }

    func menu(_ items: [FirmwareMenu.Item]) -> FirmwareMenu {
        FirmwareMenu(
            prompt: prompt ?? FirmwareMenu.usual.prompt, timeout: timeout, items: items,
            discovery: discovery ?? .unicast)
    }
}

/// One `[[firmware-menu.item]]` as it is written.
package struct ItemTable: Equatable, Sendable {
    var text: String?
    var isLocal: Bool?
    var loader: Loader?

    init() {}

    init(_ item: FirmwareMenu.Item) {
        text = item.text
        switch item.choice {
        case .localBoot: isLocal = true
        case .usual: break
        case .loader(let loader): self.loader = loader
        }
    }

    var choice: FirmwareMenu.Choice {
        isLocal == true ? .localBoot : loader.map(FirmwareMenu.Choice.loader) ?? .usual
    }
}

extension TableKey where Table == FirmwareMenuTable {
    package static let firmwareMenu = [
        TableKey("prompt", menuText, \.prompt, "What stands above the items, or is shown while the timeout runs."),
        TableKey(
            "timeout", SettingFormat<Int>.number(0...255).map({ UInt8($0) }, back: { Int($0) }), \.timeout,
            "Seconds until the first item is taken; 255, or no such line, waits for ever."),
        TableKey(
            "discovery", .choice, \.discovery,
            "How firmware asks for the item picked; unicast works through every switch."),
    ]
}

extension TableKey where Table == ItemTable {
    package static let item = [
        TableKey("text", menuText, \.text, "What the item says."),
        TableKey("local", .flag, \.isLocal, "true: on with the machine's next boot device."),
        TableKey(
            "loader", .loader, \.loader, "What the item starts; without this and local, the machine's usual loader."),
    ]
}

private let menuText = SettingFormat<String>.text("1 to 70 printable ASCII characters") { text throws(Problem) in
    try Check.menuText(text)
}
