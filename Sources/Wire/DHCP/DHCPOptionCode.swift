/// A DHCP option code; the names are those of the IANA registry (RFC 2132 and later).
package struct DHCPOptionCode: Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt8

    package init(_ rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let pad = Self(0)
    package static let vendorSpecific = Self(43)
    package static let requestedAddress = Self(50)
    package static let overload = Self(52)
    package static let messageType = Self(53)
    package static let serverIdentifier = Self(54)
    package static let parameterRequestList = Self(55)
    package static let maximumMessageSize = Self(57)
    package static let vendorClass = Self(60)
    package static let serverName = Self(66)
    package static let bootFileName = Self(67)
    package static let userClass = Self(77)
    package static let relayAgentInformation = Self(82)
    package static let clientArchitecture = Self(93)
    package static let networkInterface = Self(94)
    package static let machineIdentifier = Self(97)
    /// RFC 3011: the subnet that the client is to be served for.
    package static let subnetSelection = Self(118)
    /// iPXE's encapsulated options.
    package static let ipxe = Self(175)
    /// RFC 5071 §4 and §5.
    package static let configurationFile = Self(209)
    package static let pathPrefix = Self(210)
    package static let end = Self(255)

    package var description: String { "option \(rawValue)" }
}

/// The type of a DHCP message, option 53 (RFC 2132 §9.6).
package enum DHCPMessageType: UInt8, Sendable {
    case discover = 1
    case offer = 2
    case request = 3
    case decline = 4
    case acknowledge = 5
    case refuse = 6
    case release = 7
    case inform = 8
}
