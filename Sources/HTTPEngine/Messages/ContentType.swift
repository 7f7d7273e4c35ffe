/// The media type of a file, from its name.
enum ContentType {
    static let plainText = "text/plain; charset=utf-8"

    /// UEFI's HTTP boot decides by this field what it has loaded (EDK2 HttpBootDxe; UEFI 2.10 §24.7.2); iPXE, GRUB and
    /// kernels ignore it, so an initial RAM disk called `.img` comes to no harm.
    static func of(path: some BidirectionalCollection<UInt8>) -> String {
        let name = path.suffix(while: { $0 != UInt8(ascii: "/") })
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return "application/octet-stream" }
        return switch String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased() {
        case "efi": "application/efi"
        case "iso": "application/vnd.efi-iso"
        case "img": "application/vnd.efi-img"
        case "ipxe", "txt", "cfg", "conf": plainText
        default: "application/octet-stream"
        }
    }
}

extension BidirectionalCollection {
    /// The longest end whose elements all satisfy `condition`.
    fileprivate func suffix(while condition: (Element) -> Bool) -> SubSequence {
        guard let before = lastIndex(where: { !condition($0) }) else { return self[...] }
        return self[index(after: before)...]
    }
}
