/// Everything a proxy may say to a client.
///
/// There is no `yiaddr` here, no lease time, no router and no DNS server: what the type cannot hold cannot be sent.
package struct DHCPReply: Equatable, Sendable {
    /// OFFER answers on port 67, ACK on port 4011 (PXE 2.1 §2.2).
    package enum Kind: UInt8, Sendable {
        case offer = 2
        case acknowledge = 5
    }

    package var kind: Kind
    package var transaction: UInt32
    package var flags: UInt16
    package var hardware: ClientHardware
    /// `ciaddr`: zero in an OFFER, the client's own on port 4011.
    package var clientAddress: IPv4Address
    /// `siaddr`: where the boot file is.
    package var nextServer: IPv4Address
    /// `giaddr`, copied.
    package var relayAddress: IPv4Address
    /// Option 54: the proxy itself.
    package var serverIdentifier: IPv4Address
    /// Option 60: the class answered.
    package var vendorClass: ClientClass
    /// The boot file's name or URL: in `file` when it fits there, in option 67 when it does not or when the client looks
    /// there first (HTTP firmware). Empty for a client that is only told where to ask.
    package var bootFile: String
    /// Whether the address of `nextServer` is repeated as text in option 66; without NUL, which Raspberry Pis stumble over.
    package var repeatsServerAsText: Bool
    /// Option 209 (RFC 5071 §4): the configuration file of PXELINUX and U-Boot; empty for none.
    package var configurationFile: String
    /// Option 210 (RFC 5071 §5): what PXELINUX puts before every path; empty for none.
    package var pathPrefix: String
    /// Option 97, echoed.
    package var machine: MachineUUID?
    /// Option 43.
    package var vendorOptions: PXEVendorOptions
    /// Option 175.1: the priority of these settings for iPXE; nil writes no option 175.
    package var ipxePriority: UInt8?
    /// Option 82, copied last (RFC 3046 §2.2).
    package var relayInformation: ShortBytes?
    /// The most octets of UDP payload that the client takes.
    package var sizeLimit: Int

    package init(kind: Kind, transaction: UInt32, hardware: ClientHardware, serverIdentifier: IPv4Address) {
        self.kind = kind
        self.transaction = transaction
        self.hardware = hardware
        self.serverIdentifier = serverIdentifier
        flags = 0
        clientAddress = .any
        nextServer = .any
        relayAddress = .any
        vendorClass = .pxe
        bootFile = ""
        repeatsServerAsText = false
        configurationFile = ""
        pathPrefix = ""
        machine = nil
        vendorOptions = .none
        ipxePriority = nil
        relayInformation = nil
        sizeLimit = Self.smallestSizeLimit
    }

    /// What every client takes: a 576-octet IP packet less its headers (RFC 2131 §2).
    package static let smallestSizeLimit = 548
    /// What EDK2 takes at most, and what one Ethernet frame holds.
    package static let largestSizeLimit = 1472
    /// The longest name that `file` holds with its NUL.
    package static let longestHeaderFile = 127
    /// The longest name that option 67 holds with its NUL inside the length, in one piece: not every client joins
    /// several (iPXE ignores RFC 3396).
    package static let longestBootFile = 254
}

/// The kinds of client that ask for a boot, by the first octets of option 60.
package enum ClientClass: Hashable, Sendable {
    case pxe
    case http
    /// A class of its own that the operator serves as well (`U-Boot.`, `HW-Client`), as it stands in the settings.
    case other(String)

    /// What stands in option 60 of a reply: exactly this, no NUL, no suffix.
    package var text: String {
        switch self {
        case .pxe: "PXEClient"
        case .http: "HTTPClient"
        case .other(let name): name
        }
    }
}
