import BootPolicy
import ControlPlane
import Settings

/// Texts that people and their other tools write. What is wrong is told where it is; what is right reads the same when it is
/// written again.
enum SettingsFuzz {
    /// A settings file.
    static func run(settings octets: [UInt8], _ complaints: inout Complaints) {
        let file = Settings.File(name: "f", bytes: octets)
        do throws(SettingsErrors) {
            let settings = try Settings.parse([file])
            again("all of it", settings.text, settings, &complaints)
            again("what differs", settings.changes, settings, &complaints)
            let formatted = try Settings.formatted(file)
            let parsed = try? Settings.parse(formatted, file: "f")
            complaints.demand(parsed?.text == settings.text, "it says something else when it is formatted")
            complaints.demand(
                (try? Settings.formatted(Settings.File(name: "f", bytes: Array(formatted.utf8)))) == formatted,
                "it changes when it is formatted twice")
        } catch {
            told(error, octets, &complaints)
        }
    }

    /// A list of hosts; the first octet says in which format.
    static func run(hosts octets: [UInt8], _ complaints: inout Complaints) {
        let formats = HostList.Format.allCases
        let format = formats[Int(octets.first ?? 0) % formats.count]
        let list = Array(octets.dropFirst())
        do throws(SettingsErrors) {
            let hosts = try HostList.hosts(of: try HostList.tables(in: list, format, file: "f"), format, file: "f")
            for format in formats {
                let text = HostList.text(hosts, format)
                let tables = try? HostList.tables(in: Array(text.utf8), format, file: "f")
                let again = tables.flatMap { try? HostList.hosts(of: $0, format, file: "f") }
                complaints.demand(again == hosts, "other hosts as \(format.rawValue): \(text)")
            }
        } catch {
            told(error, list, &complaints)
        }
    }

    /// A configuration of dnsmasq, dhcpd or PXELINUX; the first octet says of which, or leaves it to be found out.
    static func run(conversion octets: [UInt8], _ complaints: inout Complaints) {
        let number = Int(octets.first ?? 0) % 4
        let kind = number < 3 ? Conversion.Kind.allCases[number] : nil
        let file = Settings.File(name: "f", bytes: Array(octets.dropFirst()))
        guard let conversion = try? Conversion([file], kind: kind) else { return }
        again("its settings", conversion.text, conversion.settings, &complaints)
        for remark in conversion.remarks {
            complaints.demand(remark.line >= 1, "a remark on line \(remark.line)")
        }
    }

    private static func again(_ what: String, _ text: String, _ settings: Settings, _ complaints: inout Complaints) {
        do throws(SettingsErrors) {
            let read = try Settings.parse(text, file: "f")
            // The rules of one have a place in a text.
            complaints.demand(read.text == settings.text, "\(what) reads otherwise: \(text)")
        } catch {
            complaints.add(["\(what) cannot be read: \(error)"])
        }
    }

    private static func told(_ errors: SettingsErrors, _ octets: [UInt8], _ complaints: inout Complaints) {
        let lines = octets.count { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } + 2
        for error in errors.errors {
            complaints.demand(!error.message.isEmpty, "an error without words")
            if let place = error.place {
                complaints.demand(place.line <= lines && place.line >= 1, "an error in line \(place.line) of \(lines)")
            }
        }
    }
}
