package import Wire

/// The PXE menu that firmware shows by itself, for clients that get one.
package struct FirmwareMenu: Equatable, Sendable {
    package struct Item: Equatable, Sendable {
        package var text: String
        package var choice: Choice

        package init(_ text: String, _ choice: Choice) {
            self.text = text
            self.choice = choice
        }
    }

    package enum Choice: Equatable, Sendable {
        /// On with the next boot device (type 0).
        case localBoot
        /// The loader that the client would get without a menu.
        case usual
        case loader(Loader)
    }

    package var prompt: String
    /// Seconds until the first item is taken; nil for ever if there is a choice, at once if there is none.
    package var timeout: UInt8?
    package var items: [Item]
    package var discovery: PXEMenu.Discovery

    package init(
        prompt: String, timeout: UInt8?, items: [Item], discovery: PXEMenu.Discovery = .unicast
    ) {
        self.prompt = prompt
        self.timeout = timeout
        self.items = items
        self.discovery = discovery
    }

    /// What firmware gets that boots from menus only: two items, because one is unreliable on UEFI and some firmware
    /// insists on a choice, and no time to choose.
    package static let usual = FirmwareMenu(
        prompt: "Pilotfish", timeout: 0,
        items: [Item("Boot from the network", .usual), Item("Boot from the local disk", .localBoot)])

    /// Our items are numbered from here, the range that PXE 2.1 leaves to vendors.
    private static let firstType: UInt16 = 0x8000

    /// The menu as it goes over the wire.
    package var wire: PXEMenu {
        PXEMenu(
            prompt: prompt, timeout: timeout ?? (items.count > 1 ? 255 : 0),
            items: items.indices.map { PXEMenu.Item(type: type(of: $0), text: items[$0].text) }, discovery: discovery)
    }

    /// What the client picked; nil for a type that this menu does not hold, which may be another server's.
    package func choice(of type: UInt16) -> Choice? {
        guard type >= Self.firstType, items.indices.contains(Int(type - Self.firstType)) else { return nil }
        let choice = items[Int(type - Self.firstType)].choice
        return choice == .localBoot ? nil : choice
    }

    private func type(of index: Int) -> UInt16 {
        items[index].choice == .localBoot ? 0 : Self.firstType + UInt16(index)
    }
}
