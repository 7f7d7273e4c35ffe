import Testing

@testable import Wire

@Suite("SHA-256")
struct SHA256Tests {
    /// The examples of FIPS 180-4 as NIST publishes them, and the lengths around a block's end.
    @Test(
        "the published vectors",
        arguments: [
            ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
                    + "mnopqrstnopqrstu", 1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
            ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ])
    func vectors(text: String, count: Int, digest: String) {
        var hash = SHA256()
        let octets = Array(String(repeating: text, count: count).utf8)
        hash.update(octets.span.bytes)
        #expect(hash.digest == digest)
    }

    @Test("pieces of any length are the same message", arguments: [1, 3, 55, 56, 63, 64, 65, 1_468])
    func pieces(length: Int) {
        let octets = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var whole = SHA256()
        whole.update(octets.span.bytes)
        var hash = SHA256()
        for start in stride(from: 0, to: octets.count, by: length) {
            hash.update(octets.span.bytes.extracting(start..<min(start + length, octets.count)))
        }
        #expect(hash.digest == whole.digest)
    }
}
