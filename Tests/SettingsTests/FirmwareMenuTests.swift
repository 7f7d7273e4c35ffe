import BootPolicy
import Settings
import Testing
import Wire

/// `[firmware-menu]`: what may be written, and what it means.
@Suite struct FirmwareMenuTests {
    static let menus: [Case<FirmwareMenu>] = [
        Case("", .usual),
        Case(
            "[[firmware-menu.item]]\ntext = 'a'",
            FirmwareMenu(prompt: "Pilotfish", timeout: nil, items: [.init("a", .usual)])),
        Case(
            "[firmware-menu]\nprompt = 'Which?'\ntimeout = 255\ndiscovery = 'multicast'\n[[firmware-menu.item]]\ntext = 'a'\nlocal = true",
            FirmwareMenu(prompt: "Which?", timeout: 255, items: [.init("a", .localBoot)], discovery: .multicast)),
        Case(
            "[firmware-menu]\ntimeout = 0\ndiscovery = 'broadcast'\nitem = [{ text = 'a\"', loader = '/x/y.efi' }, "
                + "{ text = 'b', local = false }, { text = 'c', loader = 'z' }]",
            FirmwareMenu(
                prompt: "Pilotfish", timeout: 0,
                items: [
                    .init("a\"", .loader(Loader(path: "/x/y.efi"))), .init("b", .usual),
                    .init("c", .loader(Loader(path: "z"))),
                ], discovery: .broadcast)),
    ]

    @Test(arguments: menus)
    func menuIsReadAndWritten(_ expected: Case<FirmwareMenu>) throws {
        let settings = try Settings.parse(expected.text, file: "f")
        #expect(settings.firmwareMenu == expected.outcome)
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test func laterMenuTakesTheEarlierOnesPlace() throws {
        let first = "[firmware-menu]\nprompt = 'x'\n[[firmware-menu.item]]\ntext = 'a'"
        #expect(try parse(first, "[[firmware-menu.item]]\ntext = 'b'").firmwareMenu.prompt == "Pilotfish")
        #expect(try parse(first, "user = 'u'").firmwareMenu == parse(first).firmwareMenu)
    }

    /// Whatever the settings let through can be sent.
    @Test(arguments: 1...24)
    func menuThatIsTakenFits(_ count: Int) throws {
        for length in [1, 2, 5, 10, 20, 70] {
            let items = (0..<count).map { _ in
                "[[firmware-menu.item]]\ntext = '" + String(repeating: "x", count: length) + "'\n"
            }
            let menu = try? Settings.parse(items.joined(), file: "f").firmwareMenu
            // Code and length of 43.6, 43.8, 43.9 and 43.10 and their fixed parts, the prompt "Pilotfish", and the end mark.
            let octets = 3 + 2 + 7 * count + 2 + (3 + length) * count + 3 + 9 + 1
            #expect((menu != nil) == (octets <= 255))
            #expect(menu.map { $0.wire.fits } != false)
        }
    }
}
