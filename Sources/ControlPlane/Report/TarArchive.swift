/// An archive in the format ustar (POSIX.1-2017, pax: "ustar Interchange Format"), of plain files.
package struct TarArchive {
    private(set) var octets: [UInt8] = []
    private let time: Int64

    private static let block = 512

    /// - Parameter time: of all files, in seconds since 1970.
    package init(time: Int64) { self.time = time }

    /// - Parameter name: ASCII without slashes at the beginning, 100 octets at most.
    package mutating func add(_ name: String, _ contents: [UInt8]) {
        octets += header(name, size: contents.count) + contents
        octets += [UInt8](repeating: 0, count: (Self.block - contents.count % Self.block) % Self.block)
    }

    /// The whole archive: two empty blocks end it.
    package var whole: [UInt8] { octets + [UInt8](repeating: 0, count: 2 * Self.block) }

    private func header(_ name: String, size: Int) -> [UInt8] {
        var header = [UInt8](repeating: 0, count: Self.block)
        func put(_ text: String, at offset: Int) {
            for (index, octet) in text.utf8.enumerated() { header[offset + index] = octet }
        }
        put(String(name.prefix(100)), at: 0)
        put("0000600", at: 100)
        put("0000000", at: 108)
        put("0000000", at: 116)
        put(Self.octal(Int64(size), digits: 11), at: 124)
        put(Self.octal(time, digits: 11), at: 136)
        put("0", at: 156)
        put("ustar", at: 257)
        put("00", at: 263)
        // The sum is made with blanks in its own place.
        put("        ", at: 148)
        let sum = header.reduce(0) { $0 + Int64($1) }
        put(Self.octal(sum, digits: 6) + "\0 ", at: 148)
        return header
    }

    private static func octal(_ number: Int64, digits: Int) -> String {
        let text = String(max(number, 0), radix: 8)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
