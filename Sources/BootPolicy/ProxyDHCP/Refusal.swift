/// Why a message gets no answer. Each has a code that never changes, one line, and a paragraph for the operator.
package enum Refusal: Error, Hashable, Sendable, CaseIterable {
    case malformed
    case notARequest
    case tooManyHops
    case noMessageType
    case noBootClient
    case notForUs
    case otherServer
    case unservableRelay
    case unknownArchitecture
    case httpNotServed
    case loaderMissing
    case bootMenuNotOffered
    case observing
    case frozen
    case replyTooLarge
    case interfaceWithoutAddress
    case silencedByRule
    case networkNotServed
    case standingBy
    case yielding
    case leftAlone
    case undecided
    case unknownMachine

    /// `PF-D…`, for DHCP. A code is never given a second meaning.
    package var code: String { "PF-D" + Self.digits(number) }

    /// One line for the log.
    package var summary: String { text.summary }

    /// What it means and what to do, for `pilotfish explain`.
    package var explanation: String { text.explanation }

    /// Whether the operator wants to read of it: a client that asked for a boot and got none. The rest is the normal
    /// talk of a network, which is only counted.
    package var concernsBootClient: Bool {
        switch self {
        case .malformed, .notARequest, .tooManyHops, .noMessageType, .noBootClient, .notForUs, .otherServer: false
        default: true
        }
    }

    private var number: Int {
        switch self {
        case .malformed: 1
        case .notARequest: 2
        case .tooManyHops: 3
        case .noMessageType: 4
        case .noBootClient: 5
        case .notForUs: 6
        case .otherServer: 7
        case .unservableRelay: 8
        case .unknownArchitecture: 9
        case .httpNotServed: 10
        case .loaderMissing: 11
        case .bootMenuNotOffered: 12
        case .observing: 13
        case .frozen: 14
        case .replyTooLarge: 15
        case .interfaceWithoutAddress: 16
        case .silencedByRule: 17
        case .networkNotServed: 18
        case .standingBy: 19
        case .yielding: 20
        case .leftAlone: 21
        case .undecided: 22
        case .unknownMachine: 23
        }
    }

    private static func digits(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 3 - text.count)) + text
    }
}
