package import Wire

/// What kind of firmware a client's message comes from, as far as the message shows it.
package struct ClientPortrait: Equatable, Sendable {
    /// In words: "EDK2 x64 PXE", "iPXE x64 UEFI".
    package let title: String
    /// The model that predicts it.
    package let model: FirmwareModel

    /// Nil when the message asks for no network boot.
    package init?(_ message: borrowing DHCPMessage) {
        guard message.isRequest else { return nil }
        let vendorClass = message.value(of: .vendorClass).bytes
        let isHTTP = vendorClass.starts(with: "HTTPClient")
        let architecture = ClientArchitecture.read(message, vendorClass: vendorClass)
        let name = architecture.map(Self.name) ?? "unknown architecture"
        if vendorClass.starts(with: "U-Boot") {
            self.init(title: "U-Boot \(name)", model: .uboot)
            return
        }
        guard isHTTP || vendorClass.starts(with: "PXEClient") else { return nil }
        let ipxe = message.value(of: .ipxe)
        if UserClass(option: message.value(of: .userClass).bytes).isIPXE || ipxe != .absent {
            let hasHTTP = IPXEFeatures(option: ipxe.bytes).contains(.http)
            let onBIOS = architecture?.isBIOS ?? true
            self.init(
                title: "iPXE \(name)\(hasHTTP ? "" : " without HTTP")",
                model: hasHTTP ? (onBIOS ? .ipxeBIOS : .ipxeUEFI) : .ipxeWithoutHTTP)
        } else if isHTTP {
            self.init(title: "\(Self.isEDK2(message) ? "EDK2" : "UEFI") \(name) HTTP boot", model: .edk2HTTP)
        } else if RaspberryPi.isOne(message.hardware, ClientFacts.machine(message), architecture) {
            self.init(title: "Raspberry Pi", model: .raspberryPi)
        } else if architecture == nil || architecture?.isBIOS == true {
            self.init(title: "\(architecture == nil ? name : "BIOS") PXE ROM", model: .biosROM)
        } else {
            let isARM64 = architecture?.rawValue == 0x0B
            self.init(
                title: "\(Self.isEDK2(message) ? "EDK2" : "UEFI") \(name) PXE", model: isARM64 ? .edk2ARM64 : .edk2)
        }
    }

    private init(title: String, model: FirmwareModel) {
        self.title = title
        self.model = model
    }

    private static func name(_ architecture: ClientArchitecture) -> String {
        switch architecture.rawValue {
        case 0x00, 0x14: "BIOS"
        case 0x06, 0x0F: "ia32"
        case 0x07, 0x09, 0x10: "x64"
        case 0x0A, 0x12, 0x15, 0x17: "arm32"
        case 0x0B, 0x13, 0x16, 0x18: "arm64"
        default: "\(architecture)"
        }
    }

    /// EDK2's parameter list begins so in every build (PxeBcDhcp4.c, HttpBootDhcp4.c).
    private static func isEDK2(_ message: borrowing DHCPMessage) -> Bool {
        let list = message.value(of: DHCPOptionCode(55)).bytes
        let known: [UInt8] = [1, 2, 3, 4, 5, 6, 12, 13, 15, 17, 18, 22, 23, 28, 40, 41, 42, 43, 50, 51, 54, 58, 59, 60]
        return list.count > known.count && known.indices.allSatisfy { list[$0] == known[$0] }
    }
}
