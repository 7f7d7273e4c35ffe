import BootPolicy
import Foundation
import Wire

@testable import HTTPEngine

/// The field by which a client proves itself, and, when the first octet is odd, what a client would make of a password.
enum CredentialsFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let rest = Array(octets.dropFirst())
        let password = String(decoding: rest, as: UTF8.self)
        if (octets.first ?? 0) & 1 == 0 { read(password, &complaints) } else { written(password, &complaints) }
        let half = String(decoding: rest.prefix(rest.count / 2), as: UTF8.self)
        let lock = MenuLock(menu: "tools", password: half, crypt: "", grub: "")
        complaints.demand(lock.opens(to: half), "the right password does not open")
        complaints.demand(
            lock.opens(to: password) == half.utf8.elementsEqual(password.utf8), "the wrong password opens")
    }

    private static func read(_ field: String, _ complaints: inout Complaints) {
        let octets = Base64.decode(field.utf8)
        complaints.demand((octets?.count ?? 0) <= field.utf8.count * 3 / 4, "more octets than the text says")
        // The last digit may have bits that count for nothing. Foundation's reading is no measure: it takes what is none.
        if let octets {
            let digits = field.utf8.filter { $0 != UInt8(ascii: "=") }.dropLast()
            let again = Data(octets).base64EncodedString().utf8
            complaints.demand(again.starts(with: digits), "Base64 was read wrong")
        }
        guard let password = Credentials.password(field) else { return }
        complaints.demand(password.utf8.count < field.utf8.count, "a password longer than its field")
    }

    private static func written(_ password: String, _ complaints: inout Complaints) {
        let field = "Basic " + Data("who:\(password)".utf8).base64EncodedString()
        guard field.utf8.count <= 1024 else { return }
        complaints.demand(
            Credentials.password(field).map { Array($0.utf8) } == Array(password.utf8), "the password was read wrong")
    }
}
