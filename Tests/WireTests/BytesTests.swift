import Testing
import Wire

@Suite("byte reader and writer")
struct BytesTests {
    @Test("numbers are big-endian and read back in order")
    func roundTrip() throws {
        var writer = ByteWriter()
        writer.u8(0x01)
        writer.u16(0x0203)
        writer.u32(0x0405_0607)
        writer.u64(0x0809_0A0B_0C0D_0E0F)
        writer.append([0x10, 0x11])
        let bytes = writer.bytes
        #expect(bytes == (0x01...0x11).map { UInt8($0) })

        var reader = ByteReader(bytes.span.bytes)
        let numbers = [
            UInt64(try reader.u8()), UInt64(try reader.u16()), UInt64(try reader.u32()), try reader.u64(),
        ]
        #expect(numbers == [0x01, 0x0203, 0x0405_0607, 0x0809_0A0B_0C0D_0E0F])
        let left = reader.remaining
        let rest = try reader.take(2).array
        #expect(left == 2)
        #expect(rest == [0x10, 0x11])
        let end = reader.remaining
        #expect(end == 0)
    }

    /// Reads one thing from the last octet of three.
    private static func error(_ read: (inout ByteReader) throws(DecodeError) -> Void) -> DecodeError? {
        let bytes: [UInt8] = [1, 2, 3]
        var reader = ByteReader(bytes.span.bytes)
        do throws(DecodeError) {
            try reader.skip(2)
            try read(&reader)
        } catch {
            // What failed consumed nothing.
            let next = try? reader.u8()
            #expect(next == 3)
            return error
        }
        return nil
    }

    @Test("nothing is read past the end, and a failed read consumes nothing")
    func truncated() {
        #expect(Self.error { reader throws(DecodeError) in _ = try reader.u8() } == nil)
        #expect(Self.error { reader throws(DecodeError) in _ = try reader.u16() } == .truncated(needed: 4, have: 3))
        #expect(Self.error { reader throws(DecodeError) in _ = try reader.u32() } == .truncated(needed: 6, have: 3))
        #expect(Self.error { reader throws(DecodeError) in _ = try reader.take(2) } == .truncated(needed: 4, have: 3))
        #expect(Self.error { reader throws(DecodeError) in try reader.skip(9) } == .truncated(needed: 11, have: 3))
        #expect(Self.error { reader throws(DecodeError) in try reader.skip(-1) } != nil)
    }

    @Test("a writer keeps no octet of the packet before")
    func clear() {
        var writer = ByteWriter(capacity: 4)
        writer.text("abcdef", paddedTo: 8)
        #expect(writer.bytes == Array("abcdef".utf8) + [0, 0])
        writer.clear()
        #expect(writer.bytes.isEmpty)
        writer.text("x", paddedTo: 1)
        writer.pad(to: 3)
        writer.pad(to: 2)
        #expect(writer.bytes == [0x78, 0, 0])
    }

    @Test("patches go over what was written")
    func patch() {
        var writer = ByteWriter()
        writer.u32(0)
        writer.patch(u16: 0xABCD, at: 1)
        writer.patch(u8: 0xEF, at: 3)
        #expect(writer.bytes == [0, 0xAB, 0xCD, 0xEF])
    }

    @Test(
        "prefixes are compared octet by octet",
        arguments: [
            ("PXEClient:Arch", true), ("PXEClient", true), ("PXEClien", false), ("", false), ("pxeclient", false),
        ])
    func startsWith(text: String, expected: Bool) {
        let bytes = Array(text.utf8)
        let startsWith = bytes.span.bytes.starts(with: "PXEClient")
        #expect(startsWith == expected)
        #expect(ShortBytes(bytes)?.starts(with: "PXEClient") == expected)
    }

    @Test("errors say what was wrong")
    func errors() {
        #expect(DecodeError.truncated(needed: 240, have: 3).description == "needs 240 octets, has 3")
        #expect(DecodeError.invalid(field: "op", value: 9).description == "op has the value 9, which is not allowed")
    }
}

@Suite("short bytes")
struct BytesShortTests {
    @Test("holds 0 to 255 octets, never more", arguments: [0, 1, 2, 254, 255, 256, 1000])
    func limits(count: Int) {
        let octets = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let short = ShortBytes(octets)
        #expect((short != nil) == (count <= 255))
        #expect(short?.count == (count <= 255 ? count : nil))
        #expect(short?.array == (count <= 255 ? octets : nil))
        #expect(short?.isEmpty == (count <= 255 ? count == 0 : nil))
    }

    @Test(
        "appends all or nothing",
        arguments: [
            (0, 255, true), (0, 256, false), (200, 55, true), (200, 56, false), (255, 0, true), (255, 1, false),
        ])
    func append(held: Int, more: Int, fits: Bool) throws {
        var short = try #require(ShortBytes([UInt8](repeating: 1, count: held)))
        let added = [UInt8](repeating: 2, count: more)
        #expect(short.append(added.span.bytes) == fits)
        #expect(short.count == (fits ? held + more : held))
        #expect(short.array.dropFirst(held).allSatisfy { $0 == 2 })
    }

    @Test("octets in place and those on the heap are the same value", arguments: [0, 1, 46, 47, 48, 49, 100])
    func overflow(held: Int) throws {
        let octets = (0..<held).map { UInt8($0) }
        let more: [UInt8] = [200, 201]
        var short = try #require(ShortBytes(octets))
        let before = short
        let isAdded = short.append(more.span.bytes)
        #expect(isAdded)
        #expect(short.array == octets + more)
        #expect(short == ShortBytes(octets + more))
        #expect(short[held] == 200 && short.u16(at: held) == 0xC8C9)
        #expect(short.slice(from: 0, count: held) == before)
        #expect(before.array == octets)
    }

    @Test("numbers at an offset, nil past the end")
    func numbers() throws {
        let octets: [UInt8] = [1, 2, 3, 4, 5]
        let short = try #require(ShortBytes(octets))
        #expect(short.u16(at: 0) == 0x0102)
        #expect(short.u16(at: 3) == 0x0405)
        #expect(short.u16(at: 4) == nil)
        #expect(short.u16(at: -1) == nil)
        #expect(short.u32(at: 1) == 0x0203_0405)
        #expect(short.u32(at: 2) == nil)
    }

    @Test("slices copy, and equality looks at what is held only")
    func slices() throws {
        let octets: [UInt8] = [1, 2, 3, 4]
        let short = try #require(ShortBytes(octets))
        #expect(short.slice(from: 1, count: 2).array == [2, 3])
        #expect(short.slice(from: 4, count: 0).isEmpty)
        #expect(short.slice(from: 0, count: 4) == short)
        #expect(short.slice(from: 0, count: 3) != short)
    }

    @Test(
        "sub-options: padding, end, overrun",
        arguments: [
            ([], []),
            ([1, 0], [(1, [])]),
            ([1, 1, 9, 2, 2, 8, 7], [(1, [9]), (2, [8, 7])]),
            ([0, 0, 1, 1, 9, 255, 2, 1, 1], [(1, [9])]),
            ([1, 1, 9, 2], [(1, [9])]),
            ([1, 1, 9, 2, 2, 8], [(1, [9])]),
        ] as [([UInt8], [(UInt8, [UInt8])])])
    func suboptions(field: [UInt8], expected: [(UInt8, [UInt8])]) throws {
        let short = try #require(ShortBytes(field))
        var walk = Suboptions(short)
        var found: [(UInt8, [UInt8])] = []
        while let (code, value) = walk.next() { found.append((code, value.array)) }
        #expect(found.map(\.0) == expected.map(\.0))
        #expect(found.map(\.1) == expected.map(\.1))
        #expect(short.suboption(1)?.array == expected.first?.1)
        #expect(short.suboption(99) == nil)
    }
}
