/// What the doctor can find on this host, each with a code that never changes. What others of the program find keeps the
/// code that it has.
package enum HealthCode: Int, Sendable, CaseIterable {
    case serviceSilent = 1
    case serviceObserves = 2
    case serviceFrozen = 3
    case notLooked = 9

    case portTaken = 10
    case portShared = 11
    case portClosed = 12

    case firewallDrops = 20
    case firewallDropsAnswers = 21
    case firewallMayDrop = 22

    case noInterface = 30
    case interfaceMissing = 31
    case interfaceDown = 32
    case noAddress = 33
    case bridgePort = 34
    case bridgeDelay = 35
    case notWired = 36
    case sameNetwork = 37
    case strictReversePath = 38
    case smallMTU = 39
    case largeBlocks = 40
    case fewNeighbours = 41

    case rootMissing = 50
    case fileMissing = 51
    case fileUnreadable = 52
    case fileLeadsOut = 53
    case fileEmpty = 54
    case fileStrange = 55
    case fileOpen = 56
    case stateNotOurs = 57
    case noServiceUser = 58
    case largeForMemory = 59

    case loaderMissing = 60
    case loaderOfOtherMachine = 61
    case loaderStrange = 62
    case loaderUnsigned = 63

    case diskFull = 70
    case diskLow = 71
    case diskReadOnly = 72
    case diskForgets = 73

    case clockWrong = 80
    case clockFree = 81
    case memoryLow = 82
    case fewDescriptors = 83
    case kernelLacks = 84

    /// `PF-H…`; never given a second meaning.
    package var code: String { "PF-H0" + (rawValue < 10 ? "0" : "") + String(rawValue) }

    /// How bad it is, where the finding does not say otherwise.
    package var severity: Severity {
        switch self {
        case .portTaken, .firewallDrops, .firewallDropsAnswers, .noInterface, .interfaceMissing, .interfaceDown,
            .noAddress, .bridgePort, .rootMissing, .fileMissing, .fileUnreadable, .fileLeadsOut, .fileEmpty,
            .stateNotOurs, .loaderMissing, .loaderOfOtherMachine, .loaderStrange, .diskFull, .diskReadOnly, .clockWrong:
            .error
        case .serviceSilent, .portClosed, .firewallMayDrop, .bridgeDelay, .notWired, .sameNetwork, .strictReversePath,
            .largeBlocks, .fileStrange, .largeForMemory, .diskLow, .diskForgets, .memoryLow:
            .warning
        case .serviceObserves, .serviceFrozen, .notLooked, .portShared, .smallMTU, .fewNeighbours, .fileOpen,
            .noServiceUser, .loaderUnsigned, .clockFree, .fewDescriptors, .kernelLacks:
            .note
        }
    }

    /// Where it is looked for. `notLooked` belongs to the area that was not looked at, which its finding says.
    package var area: Finding.Area {
        switch rawValue {
        case ..<10: .service
        case 10..<20: .ports
        case 20..<30: .firewall
        case 30..<50: .interfaces
        case 50..<60: .files
        case 60..<70: .loaders
        case 70..<80: .disk
        default: .host
        }
    }
}
