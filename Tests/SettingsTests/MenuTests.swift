import BootPolicy
import Settings
import Testing
import Wire

/// `[menu]` and `[profile.NAME]`: what may be written, and what it means.
@Suite struct MenuTests {
    static let menus: [Case<BootMenu>] = [
        Case("", .usual),
        Case("[[menu.item]]\ntext = 'a'", BootMenu(prompt: "Pilotfish", timeout: nil, items: [.init("a", .usual)])),
        Case(
            "[menu]\nprompt = 'Which?'\ntimeout = 255\ndiscovery = 'multicast'\n[[menu.item]]\ntext = 'a'\nlocal = true",
            BootMenu(prompt: "Which?", timeout: 255, items: [.init("a", .localBoot)], discovery: .multicast)),
        Case(
            "[menu]\ntimeout = 0\ndiscovery = 'broadcast'\nitem = [{ text = 'a\"', loader = '/x/y.efi' }, "
                + "{ text = 'b', local = false }, { text = 'c', loader = 'z' }]",
            BootMenu(
                prompt: "Pilotfish", timeout: 0,
                items: [
                    .init("a\"", .loader(Loader(path: "/x/y.efi"))), .init("b", .usual),
                    .init("c", .loader(Loader(path: "z"))),
                ], discovery: .broadcast)),
    ]

    @Test(arguments: menus)
    func menuIsReadAndWritten(_ expected: Case<BootMenu>) throws {
        let settings = try Settings.parse(expected.text, file: "f")
        #expect(settings.menu == expected.outcome)
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test func laterMenuTakesTheEarlierOnesPlace() throws {
        let first = try Settings.parse("[menu]\nprompt = 'x'\n[[menu.item]]\ntext = 'a'", file: "f")
        #expect(try Settings.parse("[[menu.item]]\ntext = 'b'", file: "g", over: first).menu.prompt == "Pilotfish")
        #expect(try Settings.parse("user = 'u'", file: "g", over: first).menu == first.menu)
    }

    /// Whatever the settings let through can be sent.
    @Test(arguments: 1...24)
    func menuThatIsTakenFits(_ count: Int) throws {
        for length in [1, 2, 5, 10, 20, 70] {
            let items = (0..<count).map { _ in "[[menu.item]]\ntext = '" + String(repeating: "x", count: length) + "'\n"
            }
            let menu = try? Settings.parse(items.joined(), file: "f").menu
            // Code and length of 43.6, 43.8, 43.9 and 43.10 and their fixed parts, the prompt "Pilotfish", and the end mark.
            let octets = 3 + 2 + 7 * count + 2 + (3 + length) * count + 3 + 9 + 1
            #expect((menu != nil) == (octets <= 255))
            #expect(menu.map { $0.wire.fits } != false)
        }
    }

    static let profiles: [Case<[String: Settings.Profile]>] = [
        Case("[profile.a]", ["a": .init()]),
        Case("[profile.A-1_b]\nkernel = 'k'", ["A-1_b": .init(kernel: "k")]),
        Case(
            "profile.x.arguments = 'a \"b\"'\nprofile.\"y.z\" = { initrd = [] }",
            ["x": .init(arguments: "a \"b\""), "y.z": .init(initrds: [])]),
        Case(
            "[profile.7]\nkernel = 'a/k'\ninitrd = ['i', 'j']\narguments = ''",
            ["7": .init(kernel: "a/k", initrds: ["i", "j"], arguments: "")]),
    ]

    @Test(arguments: profiles)
    func profileIsReadAndWritten(_ expected: Case<[String: Settings.Profile]>) throws {
        let settings = try Settings.parse(expected.text, file: "f")
        #expect(settings.profiles == expected.outcome)
        #expect(try Settings.parse(settings.text, file: "f") == settings)
    }

    @Test func laterProfileGoesOverEarlierOne() throws {
        let first = try Settings.parse("[profile.a]\nkernel = 'k'\narguments = 'x'\n[profile.b]", file: "f")
        let both = try Settings.parse("[profile.a]\nkernel = 'l'", file: "g", over: first)
        #expect(both.profiles == ["a": .init(kernel: "l", arguments: "x"), "b": .init()])
    }
}
