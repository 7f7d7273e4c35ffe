import CCrypt

/// A password in the forms in which loaders keep one, so that it stands in no configuration itself.
package struct PasswordHashes: Equatable, Sendable {
    /// SHA-512 crypt (crypt(5), `$6$`), which PXELINUX's menus know.
    package let crypt: String
    /// What `grub-mkpasswd-pbkdf2` prints: `grub.pbkdf2.sha512.ROUNDS.SALT.HASH`.
    package let grub: String

    private static let rounds = 10_000
    private static let hashLength = 64

    /// - Parameter salt: 16 octets or more, best of chance.
    /// - Returns: nil when the libraries refuse the password, as crypt(3) does above 512 octets.
    package init?(_ password: String, salt: [UInt8]) {
        guard let crypt = Self.crypt(password, salt), let grub = Self.grub(password, salt) else { return nil }
        self.crypt = crypt
        self.grub = grub
    }

    private static func crypt(_ password: String, _ salt: [UInt8]) -> String? {
        let digits = Array("./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        let text = String(decoding: salt.prefix(16).map { digits[Int($0 & 63)] }, as: UTF8.self)
        var data = crypt_data()
        guard let result = crypt_r(password, "$6$\(text)", &data) else { return nil }
        let hash = String(cString: result)
        return hash.hasPrefix("$6$") ? hash : nil
    }

    private static func grub(_ password: String, _ salt: [UInt8]) -> String? {
        var hash = [UInt8](repeating: 0, count: hashLength)
        let length = password.utf8.count
        let result = PKCS5_PBKDF2_HMAC(
            password, Int32(length), salt, Int32(salt.count), Int32(rounds), EVP_sha512(), Int32(hashLength), &hash)
        return result == 1 ? "grub.pbkdf2.sha512.\(rounds).\(hexadecimal(salt)).\(hexadecimal(hash))" : nil
    }

    private static func hexadecimal(_ octets: [UInt8]) -> String {
        octets.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
    }
}
