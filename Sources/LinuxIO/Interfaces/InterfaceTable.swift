import Glibc
package import Wire

/// A network interface as it is now.
package struct NetworkInterface: Equatable, Sendable {
    package var index: Int32
    package var name: String
    /// Up, and with a carrier.
    package var isUp: Bool
    package var isLoopback: Bool
    /// Hands packets to a bridge or bond, which is where they are seen.
    package var isSlave: Bool
    /// Octets of the largest IP packet.
    package var mtu: Int
    /// Its IPv4 networks, the primary address first.
    package var networks: [IPv4Network]

    /// The address that clients on this interface find us at, or nil when it has none.
    package var address: IPv4Address? { networks.first?.address }
}

/// All interfaces, as the kernel told last.
package struct InterfaceTable: Equatable, Sendable {
    package private(set) var all: [Int32: NetworkInterface]

    package init(_ interfaces: [NetworkInterface] = []) {
        all = Dictionary(interfaces.map { ($0.index, $0) }) { _, last in last }
    }

    package subscript(index: Int32) -> NetworkInterface? { all[index] }

    package func named(_ name: String) -> NetworkInterface? {
        all.values.first { $0.name == name }
    }

    /// The interfaces to serve, by index.
    ///
    /// - Parameter names: those that the operator chose; none means every one that is up, has an IPv4 address, is no
    ///   loopback and belongs to no bridge or bond.
    package func served(names: [String]) -> [NetworkInterface] {
        all.values
            .filter {
                names.isEmpty ? $0.isUp && !$0.isLoopback && !$0.isSlave && $0.address != nil : names.contains($0.name)
            }
            .sorted { $0.index < $1.index }
    }
}

extension NetworkInterface {
    /// The name of an interface now, or its number when it is gone.
    package static func name(of index: Int32) -> String {
        var name = [CChar](repeating: 0, count: Int(IF_NAMESIZE))
        guard if_indextoname(UInt32(index), &name) != nil else { return "#\(index)" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
