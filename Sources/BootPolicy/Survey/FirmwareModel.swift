package import Wire

/// The kinds of firmware and loader whose choice among OFFERs is known, each a pure function of what was heard.
package enum FirmwareModel: String, CaseIterable, Sendable, Hashable {
    /// PXE 2.1 in a network card's ROM (Intel Boot Agent and its kin).
    case biosROM = "bios"
    /// UEFI on x64 from firmware of April 2017 or later.
    case edk2 = "uefi-x64"
    case edk2ARM64 = "uefi-arm64"
    case edk2From2010To2017 = "uefi-x64-2010-2017"
    case edk2Before2013 = "uefi-x64-before-2013"
    case edk2HTTP = "uefi-x64-http"
    case ipxeBIOS = "ipxe-bios"
    case ipxeUEFI = "ipxe-uefi"
    /// iPXE built without HTTP (VirtualBox's, some cards').
    case ipxeWithoutHTTP = "ipxe-without-http"
    case raspberryPi = "raspberry-pi"
    case uboot = "u-boot"
    /// U-Boot built with SERVERIP_FROM_PROXYDHCP.
    case ubootWithProxy = "u-boot-proxy"
    /// PXELINUX, started by a BIOS ROM.
    case pxelinux
    /// GRUB 2.06 as Debian signs it, started by UEFI.
    case grubEFI206 = "grub-efi"
    /// GRUB's i386-pc-pxe image, started by a BIOS ROM, without an address in its prefix.
    case grubBIOS = "grub-bios"
    /// shim, started by UEFI.
    case shim

    /// Predicts what the client does.
    ///
    /// - Parameters:
    ///   - hearing: everything it heard, in order of arrival.
    ///   - ours: our own addresses, so that ours and theirs are told apart; empty when nobody is "us".
    package func predict(_ hearing: Hearing, ours: Set<IPv4Address>) -> Prediction {
        var judge = Judge(hearing, ours: ours)
        guard !hearing.offers.isEmpty else {
            judge.say("no OFFER arrived")
            return judge.fails(.nothingHeard, "does not boot: nobody answered")
        }
        return switch self {
        case .biosROM: ROMModel.run(&judge).prediction
        case .edk2, .edk2ARM64: EDK2Model(generation: .current).run(&judge).prediction
        case .edk2From2010To2017: EDK2Model(generation: .from2010To2017).run(&judge).prediction
        case .edk2Before2013: EDK2Model(generation: .before2013).run(&judge).prediction
        case .edk2HTTP: HTTPBootModel.run(&judge)
        case .ipxeBIOS, .ipxeUEFI: IPXEModel(hasHTTP: true).run(&judge)
        case .ipxeWithoutHTTP: IPXEModel(hasHTTP: false).run(&judge)
        case .raspberryPi: BoardModel.raspberryPi(&judge)
        case .uboot: BoardModel.uboot(&judge, heedsProxies: false)
        case .ubootWithProxy: BoardModel.uboot(&judge, heedsProxies: true)
        case .pxelinux: LoaderModel.pxelinux(&judge)
        case .grubBIOS: LoaderModel.grub(&judge, startedByUEFI: false)
        case .grubEFI206: LoaderModel.grub(&judge, startedByUEFI: true)
        case .shim: LoaderModel.shim(&judge)
        }
    }

    /// How people call it.
    package var title: String {
        switch self {
        case .biosROM: "BIOS PXE ROM"
        case .edk2: "UEFI x64 PXE"
        case .edk2ARM64: "UEFI arm64 PXE"
        case .edk2From2010To2017: "UEFI x64 PXE of 2010 to 2017"
        case .edk2Before2013: "UEFI x64 PXE before 2013"
        case .edk2HTTP: "UEFI x64 HTTP Boot"
        case .ipxeBIOS: "iPXE on BIOS"
        case .ipxeUEFI: "iPXE on UEFI"
        case .ipxeWithoutHTTP: "iPXE without HTTP"
        case .raspberryPi: "Raspberry Pi"
        case .uboot: "U-Boot"
        case .ubootWithProxy: "U-Boot that hears proxies"
        case .pxelinux: "PXELINUX"
        case .grubEFI206: "GRUB 2.06 on UEFI"
        case .grubBIOS: "GRUB on BIOS"
        case .shim: "shim"
        }
    }
}

/// What a firmware did, and the messages that it hands on to the loader it starts.
struct FirmwareRun {
    var prediction: Prediction
    /// The DHCP server's last word: the ACK, or the OFFER when no ACK is known.
    var lease: ObservedOffer?
    /// The boot server's message that decided: an OFFER with PXE options, or the ACK of port 4011.
    var proxy: ObservedOffer?
    /// The server asked on port 4011 when its ACK is not known.
    var askedServer: IPv4Address?

    init(_ prediction: Prediction, lease: ObservedOffer? = nil, proxy: ObservedOffer? = nil, asked: IPv4Address? = nil)
    {
        self.prediction = prediction
        self.lease = lease
        self.proxy = proxy
        askedServer = asked
    }
}
