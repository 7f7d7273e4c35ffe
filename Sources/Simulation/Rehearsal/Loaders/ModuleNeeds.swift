/// The libraries that a module of SYSLINUX needs, in order: the entries NEEDED of a 32-bit ELF file (System V ABI, chapter 5).
enum ModuleNeeds {
    /// - Returns: nothing for what is no such file.
    static func names(in octets: [UInt8]) -> [String] {
        guard octets.starts(with: [0x7F, 0x45, 0x4C, 0x46, 1, 1]), octets.count > 0x34 else { return [] }
        let (table, size, count) = (octets.u32(0x1C), octets.u16(0x2A), octets.u16(0x2C))
        let headers = (0..<min(count, 64)).map { table + $0 * size }
        guard let dynamic = headers.first(where: { octets.u32($0) == 2 }) else { return [] }
        let start = octets.u32(dynamic + 4)
        let entries = (0..<min(octets.u32(dynamic + 16) / 8, 256)).map { place in
            (tag: octets.u32(start + place * 8), value: octets.u32(start + place * 8 + 4))
        }.prefix { $0.tag != 0 }
        guard let address = entries.first(where: { $0.tag == 5 })?.value,
            let segment = headers.first(where: { header in
                octets.u32(header) == 1
                    && (octets.u32(header + 8)..<octets.u32(header + 8) + octets.u32(header + 16)).contains(address)
            })
        else { return [] }
        let strings = octets.u32(segment + 4) + address - octets.u32(segment + 8)
        return entries.filter { $0.tag == 1 }.map { octets.text(at: strings + $0.value) }
    }
}

extension [UInt8] {
    /// Little-endian; 0 behind the end.
    fileprivate func u16(_ place: Int) -> Int {
        indices.contains(place) && indices.contains(place + 1) ? Int(self[place]) | Int(self[place + 1]) << 8 : 0
    }

    fileprivate func u32(_ place: Int) -> Int { u16(place) | u16(place + 2) << 16 }

    /// Up to the NUL.
    fileprivate func text(at place: Int) -> String {
        guard indices.contains(place) else { return "" }
        return String(decoding: self[place...].prefix(256).prefix { $0 != 0 }, as: UTF8.self)
    }
}
