/// The media type of a file, from its name.
enum ContentType {
    static let plainText = "text/plain; charset=utf-8"
    static let anything = "application/octet-stream"

    /// UEFI's HTTP boot decides by this field what it has loaded (EDK2 HttpBootDxe; UEFI 2.10 §24.7.2); iPXE, GRUB and
    /// kernels ignore it, so an initial RAM disk called `.img` comes to no harm. The others are for installers and people:
    /// as the registry of IANA has them, or the shared-mime-info of freedesktop.org where that has none.
    ///
    /// Compressed files are told as what they are and never with `Content-Encoding`: who asks for a `.gz` wants a `.gz`.
    private static let known = [
        "efi": "application/efi", "iso": "application/vnd.efi-iso", "img": "application/vnd.efi-img",

        "ipxe": plainText, "txt": plainText, "cfg": plainText, "conf": plainText, "cnf": plainText, "ini": plainText,
        "ks": plainText, "seed": plainText, "list": plainText, "log": plainText, "sh": plainText, "md5": plainText,
        "sha256": plainText, "sha512": plainText, "pub": plainText, "asc": plainText,
        "html": "text/html; charset=utf-8", "htm": "text/html; charset=utf-8", "css": "text/css; charset=utf-8",
        "csv": "text/csv; charset=utf-8", "md": "text/markdown; charset=utf-8", "xml": "text/xml; charset=utf-8",
        "js": "text/javascript; charset=utf-8",

        // Their charset is part of their definition (RFC 8259 §11, RFC 9512 §2.1).
        "json": "application/json", "ign": "application/json", "yaml": "application/yaml", "yml": "application/yaml",
        "toml": "application/toml",

        "gz": "application/gzip", "tgz": "application/gzip", "xz": "application/x-xz", "txz": "application/x-xz",
        "bz2": "application/x-bzip2", "zst": "application/zstd", "lz4": "application/x-lz4",
        "zip": "application/zip", "tar": "application/x-tar", "cpio": "application/x-cpio",
        "squashfs": "application/vnd.squashfs", "sfs": "application/vnd.squashfs", "wim": "application/x-ms-wim",
        "deb": "application/vnd.debian.binary-package", "udeb": "application/vnd.debian.binary-package",
        "rpm": "application/x-rpm", "sig": "application/pgp-signature", "gpg": "application/pgp-encrypted",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "svg": "image/svg+xml", "pdf": "application/pdf",
    ]

    static func of(path: some BidirectionalCollection<UInt8>) -> String {
        let name = path.suffix(while: { $0 != UInt8(ascii: "/") })
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return anything }
        return known[String(decoding: name[name.index(after: dot)...], as: UTF8.self).lowercased()] ?? anything
    }
}

extension BidirectionalCollection {
    /// The longest end whose elements all satisfy `condition`.
    fileprivate func suffix(while condition: (Element) -> Bool) -> SubSequence {
        guard let before = lastIndex(where: { !condition($0) }) else { return self[...] }
        return self[index(after: before)...]
    }
}
