import Settings
import Testing
import Wire

/// `[api]`: what may be written, what it means, and what it must not mean.
@Suite struct APITests {
    private static let home = IPEndpoint(address: IPAddress(IPv4Address(127, 0, 0, 1)), port: 8080)
    private static let everywhere = IPEndpoint(address: .anyIPv6, port: 8443)
    private static let tls = "certificate = '/etc/x/cert.pem'\nkey = '/etc/x/key.pem'\n"

    static let values: [Case<@Sendable (inout Settings) -> Void>] = [
        Case("api.socket = false") { $0.api.hasSocket = false },
        Case("[api]\nlisten = ['127.0.0.1:8080']\ntoken = 'admin'\nprivate = true") {
            $0.api.listen = [home]
            $0.api.token = "admin"
            $0.api.isPrivate = true
        },
        Case("[api]\nlisten = ['[::]:8443', '127.0.0.1:8080']\n" + tls) {
            $0.api.listen = [everywhere, home]
            $0.api.certificate = "/etc/x/cert.pem"
            $0.api.key = "/etc/x/key.pem"
        },
    ]

    @Test(arguments: values)
    func valueIsReadAndWritten(_ expected: Case<@Sendable (inout Settings) -> Void>) throws {
        var settings = Settings()
        expected.outcome(&settings)
        let read = try Settings.parse(expected.text, file: "f")
        #expect(read == settings)
        #expect(try Settings.parse(read.text, file: "f") == read)
    }

    static let wrong: [Case<String>] = [
        Case(
            "api.listen = ['0.0.0.0:443']",
            "f:1:15: api.listen: port 443 needs a privilege that the API does not have; choose one from 1024 to 65535, "
                + "such as 8443"),
        Case(
            "api.listen = ['0.0.0.0:8443']",
            "f:1:14: api.listen: 0.0.0.0:8443 is reached from the network, and without TLS everybody there could read the "
                + "token; write certificate and key, or listen on 127.0.0.1:8443"),
        Case(
            "api.key = '/x'",
            "f:1:11: api.key: TLS needs both, the certificate and its key; write certificate = \"…\" and key = \"…\""),
        Case(
            "[api]\nprivate = true\nlisten = ['[::1]:8080']",
            "f:2:11: api.private: nobody could see anything over TCP, for there is no token; write token = \"NAME\" of a "
                + "secret"),
        Case("api.key = 'x'", "f:1:11: api.key: \"x\" is a relative path; write the whole path, beginning with /"),
    ]

    @Test(arguments: wrong)
    func isRefused(_ expected: Case<String>) {
        #expect(complaints(expected.text) == [expected.outcome])
    }

    @Test("a reload changes none of it")
    func waits() throws {
        let settings = try Settings.parse("[api]\nsocket = false\nlisten = ['127.0.0.1:8080']", file: "f")
        #expect(settings.needsRestart(comparedTo: Settings(), started: []) == ["api.socket", "api.listen"])
        #expect(settings.takenOver(by: Settings(), started: []) == Settings())
    }
}
