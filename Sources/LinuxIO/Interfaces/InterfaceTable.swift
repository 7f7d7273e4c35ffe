import CLinuxNet
import Glibc
package import Wire

/// A network interface as it is now.
package struct NetworkInterface: Equatable, Sendable {
    /// What kind of link it is, as far as serving boots by default goes.
    package enum Medium: Sendable {
        case wired
        case wireless
        /// A bridge that a container or virtual machine manager made for its guests.
        case guests
        /// Tunnels and the like: no Ethernet, so no PXE.
        case other
    }

    package var index: Int32
    package var name: String
    /// Up, and with a carrier.
    package var isUp = true
    package var isLoopback = false
    package var medium = Medium.wired
    /// The bridge or bond that gets its packets, which is where they are seen.
    package var master: Int32?
    /// Octets of the largest IP packet.
    package var mtu = 1500
    /// Its IPv4 networks, the primary address first.
    package var networks: [IPv4Network] = []

    package init(index: Int32, name: String) {
        self.index = index
        self.name = name
    }

    /// The address that clients on this interface find us at, or nil when it has none.
    package var address: IPv4Address? { networks.first?.address }
}

/// All interfaces, as the kernel told last.
package struct InterfaceTable: Equatable, Sendable {
    package private(set) var all: [Int32: NetworkInterface]
    /// The interface that packets to anywhere leave by.
    package var defaultRoute: Int32?

    package init(_ interfaces: [NetworkInterface] = [], defaultRoute: Int32? = nil) {
        all = Dictionary(interfaces.map { ($0.index, $0) }) { _, last in last }
        self.defaultRoute = defaultRoute
    }

    package subscript(index: Int32) -> NetworkInterface? { all[index] }

    package func named(_ name: String) -> NetworkInterface? {
        all.values.first { $0.name == name }
    }

    /// Which interfaces to serve, by index, and what the operator should hear of the others.
    ///
    /// - Parameters:
    ///   - names: those that the operator chose; none means the wired interface of the default route, or else those
    ///     served already, or else the only wired one.
    ///   - current: the interfaces served until now, which go on being served when the default route is lost for a while
    ///     or another card comes up.
    package func choose(
        names: [String], current: Set<Int32> = []
    ) -> (served: [NetworkInterface], remarks: [String]) {
        names.isEmpty ? usual(current) : named(names)
    }

    private func named(_ names: [String]) -> (served: [NetworkInterface], remarks: [String]) {
        let found = names.compactMap(named).sorted { $0.index < $1.index }
        let absent = names.filter { named($0) == nil }.map { name in
            "there is no interface \(name); it is served when it appears"
        }
        // Served on the port and on the bridge, every client would get two answers.
        let ports = found.compactMap { port in
            port.master.flatMap { all[$0] }.map {
                "\(port.name) belongs to \($0.name), which sees its packets; name that"
            }
        }
        return (found.filter { $0.master == nil }, absent + ports)
    }

    private func usual(_ current: Set<Int32>) -> (served: [NetworkInterface], remarks: [String]) {
        let sorted = all.values.sorted { $0.index < $1.index }
        let possible = sorted.filter { $0.isUp && !$0.isLoopback && $0.master == nil && $0.address != nil }
        let wired = possible.filter { $0.medium == .wired }
        if let chosen = wired.first(where: { $0.index == defaultRoute }) { return ([chosen], []) }
        let kept = wired.filter { current.contains($0.index) }
        if !kept.isEmpty { return (kept, []) }
        if wired.count == 1 { return (wired, []) }
        let left = possible.filter { $0.medium != .wired }.compactMap(\.reasonToLeave)
        let which = wired.map(\.name).joined(separator: ", ")
        let remark =
            wired.isEmpty
            ? "no wired interface is up and has an IPv4 address; name one in \"interfaces\" or with --interface"
            : "the default route takes none of \(which); name those to serve in \"interfaces\" or with --interface"
        return ([], [remark] + left)
    }
}

extension NetworkInterface {
    /// Why it is served only when named; nil for one that is like any other.
    fileprivate var reasonToLeave: String? {
        switch medium {
        case .wired: nil
        case .wireless: "\(name) is wireless: access points keep broadcasts back, and no firmware boots over it"
        case .guests: "\(name) belongs to containers or virtual machines of this host"
        case .other: "\(name) is no Ethernet"
        }
    }

    /// Whether a bridge of this name is made by Docker, libvirt, LXC, Podman, or a container network plugin.
    static func isGuestBridge(_ name: String) -> Bool {
        if ["docker", "virbr", "lxcbr", "lxdbr", "podman", "cni", "cbr", "incusbr"].contains(where: name.hasPrefix) {
            return true
        }
        // Docker's own networks: br- and twelve hexadecimal digits.
        let digits = name.dropFirst(3)
        return name.hasPrefix("br-") && digits.count == 12 && digits.allSatisfy(\.isHexDigit)
    }

    /// The name of an interface now, or its number when it is gone.
    package static func name(of index: Int32) -> String {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(UInt32(index), &name) != nil else { return "#\(index)" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The first IPv4 address of an interface now, by its index; nil when it has none.
    package static func address(of index: Int32) -> IPv4Address? {
        let address = pilotfish_interface_address(index)
        return address == 0 ? nil : IPv4Address(UInt32(bigEndian: address))
    }
}
