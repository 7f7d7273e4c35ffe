import BootPolicy
import Wire

/// Whom a directive of another program holds for.
struct Audience: Equatable {
    /// What it asks beside the stage of the boot.
    var conditions = RuleConditions()
    /// Whether it is for an iPXE, or for what is none; nil for both.
    var isIPXE: Bool?

    static let everybody = Audience()
    static let iPXE = Audience(isIPXE: true)

    init(isIPXE: Bool? = nil, _ set: (inout RuleConditions) -> Void = { _ in }) {
        self.isIPXE = isIPXE
        set(&conditions)
    }

    /// The clients whose option has a value; nil for what no rule can ask.
    init?(option code: Int, value: String) {
        switch code {
        case 60: self.init(vendorClass: value)
        case 77: self.init(userClass: value)
        case 93:
            guard let number = Self.number(value) else { return nil }
            self.init { $0.architectures = [ClientArchitecture(number)] }
        case 97:
            guard let machine = MachineUUID(value) else { return nil }
            self.init { $0.machines = [machine] }
        default: return nil
        }
    }

    private init?(vendorClass text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isArchitecture = parts.count >= 3 && parts[1] == "Arch" && parts[2].utf8.count == 5
        if isArchitecture, let number = UInt16(parts[2]) {
            self.init { $0.architectures = [ClientArchitecture(number)] }
        } else if "PXEClient".hasPrefix(text), text.count >= 3 {
            self.init()
        } else if text == "HTTPClient" {
            self.init { $0.stages = [.httpFirmware] }
        } else if let beginning = try? Check.beginning(text) {
            self.init { $0.vendorClasses = [beginning] }
        } else {
            return nil
        }
    }

    private init?(userClass text: String) {
        if text == "iPXE" || text == "gPXE" {
            self = .iPXE
        } else if let beginning = try? Check.beginning(text) {
            self.init { $0.userClasses = [beginning] }
        } else {
            return nil
        }
    }

    /// `7`, `0x0007`, `00:07`.
    static func number(_ text: String) -> UInt16? {
        if text.hasPrefix("0x") { return UInt16(text.dropFirst(2), radix: 16) }
        guard text.contains(":") else { return UInt16(text) }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { UInt8($0, radix: 16) }
        guard parts.count == 2, let high = parts[0], let low = parts[1] else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    /// Whether only UEFI HTTP Boot is meant.
    var isHTTPFirmware: Bool {
        conditions.stages == [.httpFirmware]
            || !conditions.architectures.isEmpty
                && conditions.architectures.allSatisfy { $0.description.hasSuffix("-http") }
    }

    /// Those who are of both; nil when a rule cannot say that, or when there is nobody.
    func and(_ other: Audience) -> Audience? {
        var both = Audience(isIPXE: isIPXE ?? other.isIPXE)
        let (mine, theirs) = (conditions, other.conditions)
        guard isIPXE == nil || other.isIPXE == nil || isIPXE == other.isIPXE,
            let hardware = Self.common(mine.hardware, theirs.hardware),
            let machines = Self.common(mine.machines, theirs.machines),
            let architectures = Self.common(mine.architectures, theirs.architectures),
            let stages = Self.common(mine.stages, theirs.stages),
            let vendors = Self.common(mine.vendorClasses, theirs.vendorClasses),
            let users = Self.common(mine.userClasses, theirs.userClasses),
            let subnets = Self.common(mine.subnets, theirs.subnets),
            let circuits = Self.common(mine.circuits, theirs.circuits),
            let remotes = Self.common(mine.remotes, theirs.remotes)
        else { return nil }
        both.conditions.hardware = hardware
        both.conditions.machines = machines
        both.conditions.architectures = architectures
        both.conditions.stages = stages
        both.conditions.vendorClasses = vendors
        both.conditions.userClasses = users
        both.conditions.subnets = subnets
        both.conditions.circuits = circuits
        both.conditions.remotes = remotes
        return both
    }

    /// What is in both lists, of which an empty one holds everything; nil when that is nothing.
    private static func common<Element: Equatable>(_ one: [Element], _ other: [Element]) -> [Element]? {
        if one.isEmpty { return other }
        if other.isEmpty { return one }
        let both = one.filter(other.contains)
        return both.isEmpty ? nil : both
    }
}

extension [Audience] {
    /// Those who are of one audience here and of one there.
    func and(_ others: [Audience]) -> [Audience] {
        flatMap { one in others.compactMap { one.and($0) } }
    }

    /// These or `audience`; architectures and hardware addresses come together, so that one rule says them.
    func or(_ audience: Audience) -> [Audience] {
        var list = self
        for index in list.indices {
            if list[index] == audience { return list }
            if list[index].differs(audience, only: \.architectures) {
                let both = list[index].conditions.architectures + audience.conditions.architectures
                list[index].conditions.architectures = both.sorted { $0.rawValue < $1.rawValue }
                return list
            }
            if list[index].differs(audience, only: \.hardware) {
                list[index].conditions.hardware += audience.conditions.hardware
                return list
            }
        }
        return list + [audience]
    }
}

extension Audience {
    /// Whether two audiences are the same but for one list, which both have and in which nothing is the same.
    fileprivate func differs<Element: Equatable>(
        _ other: Audience, only field: WritableKeyPath<RuleConditions, [Element]>
    ) -> Bool {
        let (mine, theirs) = (conditions[keyPath: field], other.conditions[keyPath: field])
        var same = other
        same.conditions[keyPath: field] = mine
        return same == self && !mine.isEmpty && !theirs.isEmpty && !mine.contains(where: theirs.contains)
    }
}
