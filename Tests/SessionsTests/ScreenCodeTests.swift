import Testing

@testable import Sessions

/// What somebody reads from a screen.
@Suite("codes on screens")
struct ScreenCodeTests {
    @Test(
        "found however they are written",
        arguments: [
            ("PXE-E55", "proxy"), ("pxe-e53", "no boot file"), ("PXE-E32: TFTP open timeout", "does not answer"),
            ("PXE-E18", "UEFI"), ("PXE-E99", "UEFI"), ("PXE-M0F", "leaves"), ("PXE-T01", "no such file"),
            ("https://ipxe.org/040ee119", "no address"), ("040ee1", "no address"), ("3e11623b", "name server"),
            ("http://ipxe.org/2d0c618e", "404"), ("0x2d0c613b", "404"), ("4c0a6092", "TCP"), ("1c25e082", "random"),
            ("2d12618e", "TFTP"), ("2e048083", "does not start"), ("31126001", "no memory"),
            ("Unable to locate configuration file", "PXELINUX"), ("couldn't send network packet", "GRUB"),
        ])
    func found(text: String, part: String) throws {
        let codes = ScreenCode.find(text)
        #expect(!codes.isEmpty, "\(text)")
        #expect(codes.contains { "\($0.meaning) \($0.cause)".contains(part) }, "\(codes.map(\.meaning))")
    }

    @Test(
        "what nobody knows is not guessed at", arguments: ["PXE-E0Z", "", "hello", "zzzzzzzz", "ff000000", "52:54:00"])
    func unknown(text: String) { #expect(ScreenCode.find(text).isEmpty) }

    @Test("one number, two makers: both are told")
    func twice() { #expect(ScreenCode.find("PXE-E21").count == 2) }

    @Test("each has its three sentences, and no code stands twice in a list")
    func whole() {
        for list in [ScreenCode.roms, ScreenCode.uefi, ScreenCode.loaders] {
            #expect(Set(list.map(\.code)).count == list.count)
            for code in list {
                #expect(!code.meaning.isEmpty && !code.cause.isEmpty && !code.action.isEmpty, "\(code.code)")
            }
        }
        #expect(ScreenCode.all.count > 90)
    }
}
