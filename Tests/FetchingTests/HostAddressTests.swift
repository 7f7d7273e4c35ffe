import Testing

@testable import Fetching

@Suite("addresses that mean this very host")
struct HostAddressTests {
    @Test(
        "which they are",
        arguments: [
            ("127.0.0.1", true), ("127.9.9.9", true), ("0.0.0.0", true), ("0.1.2.3", true), ("169.254.169.254", true),
            ("::", true), ("::1", true), ("[::1]", true), ("fe80::1", true), ("febf::1%eth0", true),
            ("::ffff:127.0.0.1", true), ("::ffff:169.254.0.1", true), ("::ffff:0.0.0.0", true),
            ("10.0.0.1", false), ("192.0.2.1", false), ("169.253.0.1", false), ("128.0.0.1", false), ("::2", false),
            ("fec0::1", false), ("2001:db8::1", false), ("::ffff:192.0.2.1", false), ("a.example", false), ("", false),
        ])
    func addresses(text: String, isHost: Bool) {
        #expect(HostAddresses.contain(text) == isHost)
    }

    @Test(
        "which URLs name one, however it is written",
        arguments: [
            ("http://127.0.0.1:8000/a", true), ("http://127.1/", true), ("http://0x7f000001/", true),
            ("http://2130706433/", true), ("http://localhost/", true), ("https://LOCALHOST:1/", true),
            ("http://a.localhost/", true), ("http://[::1]:80/", true), ("http://user:word@127.0.0.1/", true),
            ("127.0.0.1:3128", true), ("http://a.example/127.0.0.1", false), ("http://127.0.0.1.example/", false),
            ("http://localhost.example/", false), ("http://10.0.0.1/", false), ("http://127.0.0.1@a.example/", false),
            ("no address", false),
        ])
    func urls(url: String, isHost: Bool) {
        #expect(HostAddresses.names(url) == isHost)
    }

    @Test(
        "a proxy on this host lets those there that may take it, as libcurl reads the variables",
        arguments: [
            ("http", true, ["http_proxy": "127.0.0.1:1"], true), ("http", true, ["HTTP_PROXY": "127.0.0.1:1"], false),
            ("https", true, ["http_proxy": "127.0.0.1:1"], false),
            ("https", true, ["https_proxy": "127.0.0.1:1"], true),
            ("https", false, ["HTTPS_PROXY": "127.0.0.1:1"], true), ("HTTPS", true, ["HTTPS_PROXY": "[::1]:1"], true),
            ("http", true, ["https_proxy": "127.0.0.1:1"], true),
            ("http", false, ["https_proxy": "127.0.0.1:1"], false),
            ("http", false, ["all_proxy": "127.0.0.1:1"], true), ("https", true, ["ALL_PROXY": "127.0.0.1:1"], true),
            ("http", false, ["all_proxy": "127.0.0.1:1", "http_proxy": "a.example"], false),
            ("http", false, ["all_proxy": "127.0.0.1:1", "http_proxy": ""], true),
            ("https", true, ["https_proxy": "a.example", "HTTPS_PROXY": "127.0.0.1:1"], false),
            ("http", true, [:], false),
        ])
    func proxies(scheme: String, isLed: Bool, variables: [String: String], isMeant: Bool) {
        let url = "\(scheme)://b.example/"
        #expect(HostAddresses.areMeant(by: url, isLed: isLed) { variables[$0] } == isMeant)
        #expect(HostAddresses.areMeant(by: "\(scheme)://127.0.0.1/", isLed: isLed) { _ in nil })
    }
}
