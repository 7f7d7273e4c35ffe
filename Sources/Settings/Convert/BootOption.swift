import BootPolicy

/// What becomes of a DHCP option that another server was told to send.
enum BootOption {
    static let bootFile = 67

    /// Options 209 and 210 are texts of a rule; nil when the option is one of those two, or the boot file.
    static func fate(_ code: Int) -> Fate? {
        switch code {
        case bootFile, 209, 210: nil
        case 13, 43, 60, 93, 94, 97, 208:
            .needless("Pilotfish writes what PXE needs here by itself, for each firmware in its own way")
        case 66, 128, 150: .needless(Fate.ownAddress)
        case 17:
            .lost(
                "there is no root-path; name the server in a target's arguments (nfsroot=…), or let a chain script boot by iSCSI"
            )
        case 175: .lost("Pilotfish sends iPXE no options of its own but what its script needs")
        case 203: .lost("there is no iSCSI initiator name; set initiator-iqn in a script that a target chains to")
        case 211: .lost("PXELINUX's reboot time is not sent")
        default: .addresses
        }
    }

    /// Encapsulated options of iPXE, by what the users' guide calls them.
    static func ofIPXE(_ name: String) -> Fate {
        switch name {
        case "no-pxedhcp", "176":
            .needless("beside Pilotfish it must go: it makes iPXE ignore every proxy, and Pilotfish is one")
        case "priority", "1": .needless("Pilotfish sends iPXE a priority by itself")
        case "keep-san", "8", "skip-san-boot", "9", "username", "password", "190", "191", "reverse-username",
            "reverse-password", "192", "193":
            .lost("nothing of SAN booting is sent; write it into a script that a target chains to")
        default: .lost("Pilotfish sends iPXE no such option; \"set\" in a script that a target chains to does the same")
        }
    }

    /// Puts option 209 or 210 into a rule for its audience.
    static func plan(
        _ code: Int, _ text: String, for audiences: [Audience], named name: String, at desk: inout BootDesk
    ) -> Fate {
        desk.plan(
            for: audiences, named: name, code == 209 ? \.configurationFile : \.pathPrefix
        ) { () throws(Problem) in try Check.optionText(text) }
    }
}
