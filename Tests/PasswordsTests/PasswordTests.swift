import Passwords
import Testing

@Suite("passwords as loaders keep them")
struct PasswordTests {
    private static let salt = [UInt8](0..<16)

    @Test("the forms are those of mkpasswd and of an independent PBKDF2")
    func forms() throws {
        let hashes = try #require(PasswordHashes("hunter2", salt: Self.salt))
        #expect(
            hashes.crypt == "$6$./0123456789ABCD$Jv48ZivuQmz3Ewt1TGvLrQeutjvo9kROYr1HiBz9"
                + "2C1TjMCNebTeinnhMQUMS5im75Q0otxIK5vdF7m4pMO.T/")
        #expect(
            hashes.grub == "grub.pbkdf2.sha512.10000.000102030405060708090A0B0C0D0E0F."
                + "8C5DCBF245C5F0A0406A229BEB4284C4942C852994D9A9AB365A062629B2B016"
                + "3A10C4FD033556DD00C4F2E97ECE54032E07E7CF403B302BFB415E05D04293B2")
    }

    @Test("another salt, another hash; what crypt(3) refuses is refused")
    func bounds() throws {
        let one = try #require(PasswordHashes("x", salt: Self.salt))
        let two = try #require(PasswordHashes("x", salt: Self.salt.reversed()))
        #expect(one.crypt != two.crypt && one.grub != two.grub)
        #expect(PasswordHashes(String(repeating: "a", count: 600), salt: Self.salt) == nil)
        #expect(PasswordHashes("", salt: Self.salt) != nil)
    }
}
