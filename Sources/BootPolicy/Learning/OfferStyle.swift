package import Wire

/// How an offer is made to firmware: what the ladder climbs over and what is learned of each kind of machine.
package struct OfferStyle: Hashable, Sendable {
    package var shape: ReplyShape
    /// Whether the offer waits a moment, for ROMs that miss one which comes at once.
    package var isDelayed: Bool

    package init(_ shape: ReplyShape, isDelayed: Bool = false) {
        self.shape = shape
        self.isDelayed = isDelayed
    }

    /// Long enough for a slow ROM to listen again, short enough for iPXE and for EDK2's first slot of 4 s (one ROM is
    /// known to fail on an instant answer: dnsmasq's `--dhcp-reply-delay` was made for it).
    package static let pause = TimeSpan.milliseconds(500)

    /// The styles for firmware of an architecture, in the order in which they are tried: the first at once, each next
    /// one when the client's own retry shows that the last was not understood.
    ///
    /// UEFI: BINL first, because EDK2 NetworkPkg of 2010-2017 throws away every proxy OFFER with 43.6...10 and EDK2
    /// before 2013 does not know bit 3. BIOS: DIRECT first, which every PXE 2.x ROM and iPXE takes. U-Boot knows the
    /// header fields only.
    package static func ladder(for architecture: ClientArchitecture?) -> [OfferStyle] {
        switch architecture?.role {
        case .ubootARM32, .ubootARM64: uboot
        case .some(let role) where role.isUEFI: uefi
        default: bios
        }
    }

    // Made once: every DISCOVER looks at one.
    private static let uboot = [OfferStyle(.direct)]
    private static let uefi = [
        OfferStyle(.binl), OfferStyle(.direct), OfferStyle(.menu), OfferStyle(.binl, isDelayed: true),
    ]
    private static let bios = [
        OfferStyle(.direct), OfferStyle(.menu), OfferStyle(.binl), OfferStyle(.direct, isDelayed: true),
    ]
}

extension OfferStyle: LosslessStringConvertible {
    package init?(_ text: String) {
        let parts = text.split(separator: "+", omittingEmptySubsequences: false)
        guard let shape = parts.first.flatMap({ ReplyShape(rawValue: String($0)) }), shape.isChoosable,
            parts.count == 1 || parts.count == 2 && parts[1] == "delay"
        else { return nil }
        self.init(shape, isDelayed: parts.count == 2)
    }

    package var description: String { shape.rawValue + (isDelayed ? "+delay" : "") }
}

/// What is remembered of a client when it speaks again.
package struct ClientHistory: Equatable, Sendable {
    /// Whether this client's firmware was offered a loader a short while ago, so that a boot is under way.
    package var isBootUnderWay = false
    /// How to make the offer; nil for the first style of the ladder.
    package var style: OfferStyle?
    /// Why that style.
    package var reason = StyleReason.usual
    /// Which of the loaders for its role, counted from the best one.
    package var loader = 0
    /// Whether another proxy has answered on this network a short while ago.
    package var isRivalPresent = false

    package init() {}
}

/// Why an offer has the style that it has.
package enum StyleReason: Equatable, Sendable {
    /// What firmware of this architecture usually takes.
    case usual
    /// Worked before with machines of this kind.
    case learned
    /// The client did not react to earlier ones: this is its how-many-th retry.
    case retry(Int)
    /// The operator's rule fixes it.
    case rule
    /// Clients of this stage take one only.
    case stage
}

/// What worked with one kind of firmware.
package struct Lesson: Equatable, Sendable {
    package var fingerprint: Fingerprint
    package var style: OfferStyle
    /// Which of the loaders for its role.
    package var loader: Int
    /// The machine that taught it.
    package var teacher: ClientHardware
    /// The kind that had to be forgotten for it.
    package var forgotten: Fingerprint?

    package init(fingerprint: Fingerprint, style: OfferStyle, loader: Int, teacher: ClientHardware) {
        self.fingerprint = fingerprint
        self.style = style
        self.loader = loader
        self.teacher = teacher
    }
}
