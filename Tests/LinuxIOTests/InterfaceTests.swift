import LinuxIO
import Testing
import Wire

@Suite("which interfaces are served")
struct InterfaceTests {
    private static let bridge = interface(3, "br0", "10.0.0.1")
    private static let all: [NetworkInterface] = [
        interface(1, "lo", "127.0.0.1") { $0.isLoopback = true },
        interface(2, "eth0", "192.0.2.5"),
        bridge,
        interface(4, "eth1", nil) { $0.master = 3 },
        interface(5, "wlan0", "198.51.100.7") { $0.medium = .wireless },
        interface(6, "docker0", "172.17.0.1") { $0.medium = .guests },
        interface(7, "tun0", "10.8.0.2") { $0.medium = .other },
        interface(8, "eth2", "203.0.113.9") { $0.isUp = false },
        interface(9, "eth3", nil),
    ]

    private static func interface(
        _ index: Int32, _ name: String, _ address: String?, _ change: (inout NetworkInterface) -> Void = { _ in }
    ) -> NetworkInterface {
        var interface = NetworkInterface(index: index, name: name)
        interface.networks =
            address.flatMap(IPv4Address.init).map { [IPv4Network(address: $0, prefixLength: 24)] } ?? []
        change(&interface)
        return interface
    }

    @Test(
        "without names: the wired one of the default route, else the only wired one, else none and why",
        arguments: [
            (2, [], ["eth0"], []), (3, [], ["br0"], []),
            (
                5, [], [],
                ["the default route takes none of eth0, br0", "wlan0 is wireless", "docker0 belongs", "tun0 is no"]
            ),
            (6, ["br0"], ["eth0"], []), (nil, ["br0"], ["eth0"], []), (8, ["br0"], ["eth0"], []),
            (nil, ["eth0", "br0"], [], ["no wired interface", "wlan0", "docker0", "tun0"]),
            (nil, ["eth0", "br0", "wlan0", "docker0", "tun0"], [], ["no wired interface"]),
        ] as [(Int32?, [String], [String], [String])])
    func byDefault(route: Int32?, without: [String], served: [String], remarks: [String]) {
        let table = InterfaceTable(Self.all.filter { !without.contains($0.name) }, defaultRoute: route)
        let choice = table.choose(names: [])
        #expect(choice.served.map(\.name) == served)
        #expect(choice.remarks.count == remarks.count)
        for (remark, start) in zip(choice.remarks, remarks) { #expect(remark.hasPrefix(start), "\(remark)") }
    }

    @Test(
        "named ones are served whatever they are, but never a port beside its bridge",
        arguments: [
            (["wlan0"], ["wlan0"], []), (["docker0", "eth0"], ["eth0", "docker0"], []),
            (["eth1"], [], ["eth1 belongs to br0"]), (["br0", "eth1"], ["br0"], ["eth1 belongs to br0"]),
            (["eth9"], [], ["there is no interface eth9"]), (["eth2"], ["eth2"], []),
        ] as [([String], [String], [String])])
    func byName(names: [String], served: [String], remarks: [String]) {
        let choice = InterfaceTable(Self.all, defaultRoute: 2).choose(names: names)
        #expect(choice.served.map(\.name) == served)
        #expect(choice.remarks.count == remarks.count)
        for (remark, start) in zip(choice.remarks, remarks) { #expect(remark.hasPrefix(start), "\(remark)") }
    }

    @Test(
        "what is served stays served without a default route, and follows it when it comes",
        arguments: [(nil, [2], ["eth0"]), (nil, [2, 3], ["eth0", "br0"]), (3, [2], ["br0"]), (nil, [8], [])]
            as [(Int32?, Set<Int32>, [String])])
    func sticky(route: Int32?, current: Set<Int32>, served: [String]) {
        let table = InterfaceTable(Self.all, defaultRoute: route)
        #expect(table.choose(names: [], current: current).served.map(\.name) == served)
    }

    @Test("the kernel of this machine: its default route, if any, is an interface that it lists")
    func kernel() throws {
        let table = try NetlinkSocket().interfaces()
        #expect(!table.all.isEmpty)
        if let route = table.defaultRoute { #expect(table[route] != nil) }
        #expect(table.named("lo")?.isLoopback == true)
        #expect(table.named("lo")?.medium == .other)
    }
}
