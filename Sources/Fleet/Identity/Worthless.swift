import Wire

/// Marks that many machines bear, and so tell nothing.
enum Worthless {
    /// Where each is seen; compared in either order of octets.
    private static let uuidTexts = [
        "03000200-0400-0500-0006-000700080009",  // AMI's sample: Gigabyte, ASRock, nameless X99 boards and mini PCs
        "12345678-1234-5678-90AB-CDDEEFAABBCC",  // AMI's sample: Supermicro, Jetway and other white boxes
        "00010203-0405-0607-0809-0A0B0C0D0E0F",  // samples counted up: industrial boards
        "07090201-0103-0301-0807-060504030201",  // samples counted down: mini PCs
        "11111111-2222-3333-4444-555555555555",  // samples typed in: white boxes, old virtual machines
        "4C4C4544-0000-2010-8020-80C04F202020",  // Dell: a spare main board whose service tag was never written
        "6AB5B300-538D-1014-9FB5-B0684D007B53",  // one series of notebooks with one UUID
        "890E2D14-CACD-45D1-AE66-BC80E8BFEB0F",  // the same of three makers, as FreeBSD's hostid knows them
        "8E275844-178F-44A8-ACEB-A7D7E5178C63",
        "DC698397-FA54-4CF2-82C8-B1B5307A6A7F",
        "DEADBEEF-DEAD-BEEF-DEAD-BEEFDEADBEEF",  // firmware under development
    ]

    private static let uuids = Set(uuidTexts.compactMap { MachineUUID($0)?.eitherOrder })

    /// In capitals, blanks and marks left out, so that `To be filled by O.E.M.` has one spelling.
    private static let serials: Set = [
        "TOBEFILLEDBYOEM", "TOBEFILLED", "OEM", "OEMSERIAL",  // AMI: boards sold loose (ASUS, ASRock, MSI, Gigabyte)
        "DEFAULTSTRING",  // AMI since about 2015
        "SYSTEMSERIALNUMBER", "SYSTEMSERIALNUMB", "CHASSISSERIALNUMBER", "BASEBOARDSERIALNUMBER",  // ASUS
        "SERIALNUMBER", "SERIALNUMBERXXXXXX", "SERIAL", "PRODUCTSERIAL",  // white boxes
        "NONE", "NULL", "NULLSTRING", "NIL", "NA", "NOTAPPLICABLE", "NOTAVAILABLE",  // dmidecode, scripts, makers
        "NOTSPECIFIED", "NOTSET", "UNKNOW", "UNKNOWN", "UNDEFINED", "UNSPECIFIED", "INVALID", "EMPTY", "BLANK",
        "STANDARD", "TEST",
        "EVAL", "IATPASS", "TULIPCOMPUTERS",  // samples of engineers, early notebooks
        "SYS1234567890", "SYS9876543210", "MB1234567890", "SN12345", "SN1234567890",  // MSI, Foxconn, white boxes
        "SN123456FVGV3I0B8O5N6N7K", "NB1234567890",
    ]

    /// A UUID of one octet throughout (all 0, all FF, Raspberry Pi 3's all 44, …) or one that is listed.
    static func isWorthless(_ uuid: MachineUUID) -> Bool {
        let octet = uuid.low & 0xFF
        let isOneOctet = uuid.high == uuid.low && uuid.low == octet &* 0x0101_0101_0101_0101
        // FreeBSD's hostid: some boards set the first field only.
        return isOneOctet || (uuid.low == .max && uuid.high & 0xFFFF_FFFF == 0xFFFF_FFFF)
            || uuids.contains(uuid.eitherOrder)
    }

    /// No single card's address.
    static func isWorthless(_ card: MACAddress) -> Bool {
        card.value == 0 || card.value >> 40 & 1 == 1
    }

    /// The serial as it is compared; nil when it tells nothing.
    static func cleaned(_ serial: String) -> String? {
        let words = serial.split { $0.isWhitespace || $0 == "\0" }
        let text = words.joined(separator: " ").uppercased()
        let core = text.filter { ($0.isLetter || $0.isNumber) }
        guard !core.isEmpty, !serials.contains(core), !isCounting(core), !isOneLetter(core) else { return nil }
        return text
    }

    /// 0, 00000000, XXXXXXXX …: one letter or digit throughout; and of ones and zeros only, as GLPI knows them.
    private static func isOneLetter(_ text: String) -> Bool {
        Set(text).count == 1 || Set(text).isSubset(of: ["0", "1"])
    }

    /// 12345, 0123456789, 12345678901234567, 123456789000: digits counted up, with zeros behind or none.
    private static func isCounting(_ text: String) -> Bool {
        let digits = text.compactMap(\.wholeNumberValue)
        guard digits.count == text.count, let first = digits.first, first < 2, digits.count > 1 else { return false }
        let counted = digits.indices.prefix { digits[$0] == (first + $0) % 10 }.count
        return counted >= 4 && digits[counted...].allSatisfy { $0 == 0 }
    }
}
