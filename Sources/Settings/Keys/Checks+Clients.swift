import BootPolicy
import Fleet
import Wire

/// What texts may say of clients and of what they are told.
extension Check {
    static func choice(_ text: String, among names: [String]) throws(Problem) -> String {
        if names.contains(text) { return text }
        let allowed = names.map(quoted).joined(separator: ", ")
        throw Problem("\"\(shown(text))\" is unknown\(didYouMean(text, among: names)); allowed is \(allowed)")
    }

    static func hardware(_ text: String) throws(Problem) -> HardwarePattern {
        if let pattern = HardwarePattern(text) { return pattern }
        throw Problem(
            "\"\(shown(text))\" is no hardware address; write six octets such as \"52:54:00:12:34:56\", or the first ones "
                + "and a star such as \"52:54:00:*\"")
    }

    /// The hardware address of one network card.
    static func wholeHardware(_ text: String) throws(Problem) -> MACAddress {
        guard let address = MACAddress(text) else {
            throw Problem("\"\(shown(text))\" is no hardware address; write it as 52:54:00:12:34:56")
        }
        return address
    }

    /// The name of a machine (RFC 1123 §2.1), with its domain if it has one.
    static func hostName(_ text: String) throws(Problem) -> String {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isName = labels.allSatisfy { label in
            (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
                && label.utf8.allSatisfy { octet in
                    UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet
                        || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                        || octet == UInt8(ascii: "-")
                }
        }
        guard isName, text.utf8.count <= 253 else {
            throw Problem("\"\(shown(text))\" is no host name; write letters, digits, and - between them")
        }
        guard text.lowercased() != "all" else {
            throw Problem("\"all\" means every host in lists; take another name")
        }
        return text
    }

    /// A group or a tag, as lists of hosts name it (`HostSelector`).
    static func hostWord(_ text: String) throws(Problem) -> String {
        guard HostSelector.isWord(text) else {
            throw Problem(
                "\"\(shown(text))\" is no group and no tag; write letters, digits and . _ : / + -, 64 at most")
        }
        return text
    }

    static func note(_ text: String) throws(Problem) -> String {
        guard text.utf8.count <= 500, !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("a note is one line of 500 octets at most")
        }
        return text
    }

    /// The name of a variable of the operator's.
    static func variableName(_ text: String) throws(Problem) -> String {
        let name = try targetName(text)
        guard BootVariable(rawValue: name) == nil, name != "secret" else {
            throw Problem("\"\(name)\" is what we call a property of the machine; take another name")
        }
        // Templates look behind a point for a part of something.
        guard !name.contains(".") else { throw Problem("\"\(name)\" has a point in it; write - or _ there") }
        return name
    }

    static func machine(_ text: String) throws(Problem) -> MachineUUID {
        if let machine = MachineUUID(text) { return machine }
        throw Problem("\"\(shown(text))\" is no UUID; write it as \"dmidecode -s system-uuid\" shows it")
    }

    /// All architectures of a name, or the one of a number.
    static func architectures(_ text: String) throws(Problem) -> [ClientArchitecture] {
        if let number = UInt16(text), String(number) == text { return [ClientArchitecture(number)] }
        let found = ClientArchitecture.named(text)
        guard found.isEmpty else { return found }
        let names = ClientArchitecture.names
        guard Int(text) == nil else { throw Problem("\(text) is no architecture; allowed is 0 to 65535") }
        let known = names.joined(separator: ", ")
        throw Problem("\"\(shown(text))\" is unknown\(didYouMean(text, among: names)); allowed is a number or \(known)")
    }

    /// The beginning of a class that clients send as text (options 60 and 77).
    static func beginning(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty else { throw Problem("the text is empty and would fit everybody; leave it out") }
        return try optionText(text)
    }

    /// The beginning of option 60 of clients that are to be served beside those that always are.
    static func vendorClass(_ text: String) throws(Problem) -> String {
        for served in ["PXEClient", "HTTPClient"] where text.hasPrefix(served) {
            throw Problem("\(served) is always served; leave it out")
        }
        return try beginning(text)
    }

    /// A text that is sent, or received, as a DHCP option.
    static func optionText(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty else { throw Problem("the text is empty; leave the key out") }
        guard text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem("\"\(shown(text))\" contains more than printable ASCII")
        }
        guard text.utf8.count <= 255 else { throw Problem("the text is longer than 255 octets, so no option holds it") }
        return text
    }

    /// A text that a PXE menu shows.
    static func menuText(_ text: String) throws(Problem) -> String {
        guard (1...70).contains(text.utf8.count), text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw Problem("\"\(shown(text))\" cannot be shown by firmware; write 1 to 70 printable ASCII characters")
        }
        return text
    }

    static func relayIdentifier(_ text: String) throws(Problem) -> RelayIdentifier {
        if let identifier = RelayIdentifier(text) { return identifier }
        throw Problem(
            "\"\(shown(text))\" is neither a text of 1 to 255 octets nor hexadecimal octets such as \"0x0004000a\"")
    }

    /// `10.0.0.0/24`, or one address.
    static func network(_ text: String) throws(Problem) -> IPv4Network {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPv4Address(parts[0]), let length = parts.count == 1 ? 32 : UInt8(parts[1]).map(Int.init),
            length <= 32, parts.count == 1 || String(length) == parts[1]
        else {
            throw Problem("\"\(shown(text))\" is no network; write for example \"10.0.0.0/24\", or one address")
        }
        let mask = length == 0 ? 0 : ~UInt32(0) << UInt32(32 - length)
        let start = IPv4Address(address.value & mask)
        guard start == address else {
            throw Problem("\(address) is inside of the network and not its beginning; write \"\(start)/\(length)\"")
        }
        return IPv4Network(address: address, prefixLength: length)
    }

    /// The same of either version of IP: `10.0.0.0/24`, `2001:db8::/64`, or one address.
    static func ipNetwork(_ text: String) throws(Problem) -> IPNetwork {
        guard text.contains(":") else { return IPNetwork(try network(text)) }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = IPAddress(parts[0]), address.zone == 0,
            let length = parts.count == 1 ? 128 : UInt8(parts[1]).map(Int.init), length <= 128,
            address.family == .ipv6, parts.count == 1 || String(length) == parts[1]
        else {
            throw Problem("\"\(shown(text))\" is no network; write for example \"2001:db8::/64\", or one address")
        }
        let network = IPNetwork(address: address, prefixLength: length)
        guard network.first == address else {
            throw Problem(
                "\(address) is inside of the network and not its beginning; write \"\(network.first)/\(length)\"")
        }
        return network
    }

    /// An address that can be a server's.
    static func server(_ text: String) throws(Problem) -> IPv4Address {
        if let address = IPv4Address(text), address.isUnicast { return address }
        throw Problem("\"\(shown(text))\" is no server's IPv4 address")
    }

    /// The name of something, for messages.
    static func label(_ text: String) throws(Problem) -> String {
        guard !text.isEmpty, text.utf8.count <= 64, !text.unicodeScalars.contains(where: isControl) else {
            throw Problem("\"\(shown(text))\" is no name; write 1 to 64 characters on one line")
        }
        return text
    }

    /// The name of a target or menu, which stands in the URL of its script.
    static func targetName(_ text: String) throws(Problem) -> String {
        let isName = text.utf8.allSatisfy { octet in
            UInt8(ascii: "0")...UInt8(ascii: "9") ~= octet || UInt8(ascii: "a")...UInt8(ascii: "z") ~= octet | 0x20
                || "._-".utf8.contains(octet)
        }
        guard isName, (1...64).contains(text.utf8.count), text.first?.isLetter == true || text.first?.isNumber == true
        else {
            throw Problem(
                "\"\(shown(text))\" cannot be a name; write letters, digits, and . _ - behind the first "
                    + "character, 64 at most")
        }
        return text
    }

    /// What loaders go on with.
    static func url(_ text: String) throws(Problem) -> String {
        let scheme = text.prefix { $0 != ":" }
        let schemes = ["http", "https", "tftp", "nfs"]
        guard
            text == "${base}" || text.hasPrefix("${base}/")
                || schemes.contains(String(scheme)) && text.hasPrefix("\(scheme)://")
        else {
            throw Problem(
                "\"\(shown(text))\" is no URL that a loader fetches; it begins with ${base}/ or "
                    + schemes.map { "\($0)://" }.joined(separator: ", "))
        }
        guard !text.contains(" ") else { throw Problem("a URL has no spaces; write %20") }
        return try kernelArguments(text)
    }
}
