import Testing

@testable import HTTPEngine

@Suite("passwords by HTTP (RFC 7617)")
struct CredentialsTests {
    @Test(
        "the password behind the first colon",
        arguments: [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "open sesame"), ("basic OmE6Yg==", "a:b"), ("Basic Og==", ""),
            ("Basic dGVzdDoxMjPCow==", "123£"), ("Basic", nil), ("Basic QWxh", nil), ("Basic Q", nil),
            ("Bearer OmE6Yg==", nil), ("Basic OmE6Yg== x", nil), ("Basic O*==", nil), ("Basic Ov8=", nil), ("", nil),
        ] as [(String, String?)])
    func password(field: String, expected: String?) {
        #expect(Credentials.password(field) == expected)
    }

    @Test("none without the field, and none of a field that is junk")
    func none() {
        #expect(Credentials.password(nil) == nil)
        #expect(Credentials.password("Basic " + String(repeating: "QUFB", count: 300)) == nil)
    }
}
