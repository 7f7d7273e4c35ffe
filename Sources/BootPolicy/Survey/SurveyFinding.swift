package import Wire

/// Something about another server that decides how machines boot here.
package struct SurveyFinding: Equatable, Sendable {
    package let code: SurveyCode
    package let server: IPv4Address
    /// What was seen.
    package let sentence: String
    /// What to do; empty when there is nothing to do.
    package let remedy: String

    /// Whether it keeps machines from booting, or sends them elsewhere.
    package var isWarning: Bool { code.isWarning }

    init(_ code: SurveyCode, about offer: ObservedOffer) {
        self.code = code
        server = offer.server
        sentence = code.sentence(offer)
        remedy = code.remedy(offer)
    }
}

/// The kinds of finding, each with a code that never changes.
package enum SurveyCode: Int, Sendable, Hashable, CaseIterable {
    case dhcpServer = 1
    case severalDHCPServers = 2
    case otherProxy = 3
    case otherHTTPProxy = 4
    case strangeProxy = 5
    case leaseIsBootServer = 6
    case leaseSendsPXEToUs = 7
    case leaseHasMenu = 8
    case leaseIsHTTPBootServer = 9
    case proxiesForbidden = 10
    case foreignPriority = 11
    case leaseNamesFile = 12
    case leaseNamesTwoFiles = 13
    case nextServerIsUs = 14
    case nextServerIsOther = 15
    case strangeVendorOptions = 16
    case overload = 17
    case tooManyServers = 18

    /// `PF-S…`; never given a second meaning.
    package var code: String { "PF-S0" + (rawValue < 10 ? "0" : "") + String(rawValue) }

    package var isWarning: Bool {
        switch self {
        case .dhcpServer, .leaseSendsPXEToUs, .nextServerIsUs, .nextServerIsOther, .strangeVendorOptions: false
        default: true
        }
    }

    /// One line for a list of codes.
    package var summary: String {
        switch self {
        case .dhcpServer: "a DHCP server"
        case .severalDHCPServers: "more than one DHCP server"
        case .otherProxy: "another PXE boot server"
        case .otherHTTPProxy: "another HTTP boot server"
        case .strangeProxy: "offers without an address and without a boot"
        case .leaseIsBootServer: "leases of class PXEClient"
        case .leaseSendsPXEToUs: "leases of class PXEClient that lead here"
        case .leaseHasMenu: "leases with a PXE menu or boot file"
        case .leaseIsHTTPBootServer: "leases of class HTTPClient"
        case .proxiesForbidden: "iPXE is forbidden to hear proxies"
        case .foreignPriority: "a priority for iPXE that is not ours"
        case .leaseNamesFile: "leases that name a boot file"
        case .leaseNamesTwoFiles: "leases that name two boot files"
        case .nextServerIsUs: "a next-server that is us"
        case .nextServerIsOther: "a next-server that is not us"
        case .strangeVendorOptions: "an option 43 that is not PXE's"
        case .overload: "options in the place of the file's name"
        case .tooManyServers: "too many servers"
        }
    }
}

extension SurveyCode {
    /// What was seen, with the values that were seen.
    func sentence(_ offer: ObservedOffer) -> String {
        let it = "\(offer.server)"
        let file = offer.fileByHeader ?? ""
        return switch self {
        case .dhcpServer: "\(it) leases addresses"
        case .severalDHCPServers: "\(it) leases addresses too: this network has more than one DHCP server"
        case .otherProxy: "\(it) offers PXE boots" + (file.isEmpty ? "" : ", \(file)")
        case .otherHTTPProxy: "\(it) offers UEFI HTTP boots" + (file.isEmpty ? " without a URL" : ", \(file)")
        case .strangeProxy: "\(it) answers without an address and without the class of a boot server"
        case .leaseIsBootServer:
            """
            the leases of \(it) say PXEClient (option 60): UEFI asks port 4011 of \(offer.nextServerOrIdentifier) and \
            looks at no proxy
            """
        case .leaseSendsPXEToUs:
            "the leases of \(it) say PXEClient (option 60) and lead to this server, whose port 4011 answers"
        case .leaseHasMenu: "the leases of \(it) hold PXE options (43.6 to 43.10): PXE firmware follows them, no proxy"
        case .leaseIsHTTPBootServer: "the leases of \(it) say HTTPClient: UEFI HTTP Boot follows them, no proxy"
        case .proxiesForbidden: "\(it) sends iPXE option 175.176: iPXE ignores every proxy"
        case .foreignPriority: "\(it) sends iPXE a priority of \(offer.ipxePriority) (option 175.1)"
        case .leaseNamesFile:
            """
            \(it) names the boot file \(file): iPXE prefers it to a proxy's of no higher priority, GRUB, shim and \
            U-Boot go by it, PXE firmware takes it when no proxy answers in time
            """
        case .leaseNamesTwoFiles:
            """
            \(it) names \(offer.fileInHeader ?? "") in the header and \(offer.fileOption.printable) in option 67: \
            loaders differ in which they take
            """
        case .nextServerIsUs: "the next-server of \(it) is this server: GRUB, shim and U-Boot find their files here"
        case .nextServerIsOther:
            "the next-server of \(it) is \(offer.nextServer): GRUB and U-Boot look for their files there"
        case .strangeVendorOptions: "\(it) sends an option 43 that is not PXE's (\(offer.vendor.field.count) octets)"
        case .overload: "\(it) puts options into the fields file or sname (option 52), which iPXE and shim cannot read"
        case .tooManyServers: "more than \(Survey.serverLimit) servers answer; \(it) and others are not looked at"
        }
    }

    func remedy(_ offer: ObservedOffer) -> String {
        switch self {
        case .dhcpServer, .leaseSendsPXEToUs, .nextServerIsUs: ""
        case .severalDHCPServers, .tooManyServers:
            "Find out whose they are; a rogue DHCP server breaks more than boots."
        case .otherProxy, .otherHTTPProxy, .strangeProxy:
            PredictionCode.otherProxy.remedy(for: offer.server)
        case .leaseIsBootServer: PredictionCode.leaseIsBootServer.remedy(for: offer.server)
        case .leaseHasMenu: "Remove options 43 and 60 from the leases of \(offer.server)."
        case .leaseIsHTTPBootServer: "Remove option 60 \"HTTPClient\" and the URL from the leases of \(offer.server)."
        case .proxiesForbidden: PredictionCode.proxiesForbidden.remedy(for: offer.server)
        case .foreignPriority: "Remove option 175.1 from \(offer.server), or raise our own priority above it."
        case .leaseNamesFile: PredictionCode.leaseFileWins.remedy(for: offer.server)
        case .leaseNamesTwoFiles: "Let option 67 and the field file of \(offer.server) agree, or remove both."
        case .nextServerIsOther: "Nothing, as long as no GRUB or U-Boot boots here; else set it to this server."
        case .strangeVendorOptions:
            "Nothing for UEFI and iPXE. If old PXE ROMs stall, limit that option 43 to the devices it is meant for."
        case .overload: "Forbid option overload in \(offer.server) (dnsmasq: dhcp-no-override)."
        }
    }

    /// What it means, for `pilotfish explain`.
    package var explanation: String {
        let advice = isWarning ? "It keeps machines from booting here, or sends them elsewhere." : "It is good to know."
        return "Heard by listening: \(summary). \(advice) The log names the server, the values seen, and what to do."
    }
}
