import CLinuxNet
import Glibc
import Wire

/// Asks the kernel for its interfaces and hears when they change (rtnetlink(7)).
package struct NetlinkSocket: ~Copyable, Sendable {
    /// Stirs when a link or an address has changed; what changed is asked anew.
    package let changes: OwnedDescriptor
    private let questions: OwnedDescriptor

    /// - Throws: `SystemError` when the kernel gives no netlink socket.
    package init() throws(SystemError) {
        let changes = try Self.open(groups: UInt32(RTMGRP_LINK | RTMGRP_IPV4_IFADDR))
        questions = try Self.open(groups: 0)
        self.changes = changes
    }

    /// Reads away the notices that wait on `changes`.
    package func clearChanges() {
        var scratch = [UInt8](repeating: 0, count: 8192)
        while recv(changes.number, &scratch, scratch.count, pilotfish_msg_dontwait) > 0 {}
    }

    /// All interfaces with their IPv4 addresses.
    ///
    /// - Throws: `SystemError` when the kernel does not answer within a second.
    package func interfaces() throws(SystemError) -> InterfaceTable {
        var found: [Int32: NetworkInterface] = [:]
        try ask(UInt16(RTM_GETLINK)) { message in
            if let interface = message.link() { found[interface.index] = interface }
        }
        try ask(UInt16(RTM_GETADDR)) { message in
            guard let address = message.address() else { return }
            // The kernel lists the primary address of a network before its secondary ones.
            found[address.interface]?.networks.append(address.network)
        }
        return InterfaceTable(Array(found.values), defaultRoute: try defaultRoute())
    }

    /// The interface of the default route with the smallest metric, if there is one.
    private func defaultRoute() throws(SystemError) -> Int32? {
        var best: NetlinkMessage.DefaultRoute?
        try ask(UInt16(RTM_GETROUTE)) { message in
            guard let route = message.defaultRoute(), best.map({ route.metric < $0.metric }) ?? true else { return }
            best = route
        }
        return best?.interface
    }

    private static func open(groups: UInt32) throws(SystemError) -> OwnedDescriptor {
        let number = try check("socket", "netlink") {
            socket(AF_NETLINK, pilotfish_raw_socket_type, Int32(NETLINK_ROUTE))
        }
        let owned = OwnedDescriptor(number)
        var address = sockaddr_nl()
        address.nl_family = UInt16(AF_NETLINK)
        address.nl_groups = groups
        try check("bind", "netlink") {
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Glibc.bind(number, $0, socklen_t(MemoryLayout<sockaddr_nl>.size))
                }
            }
        }
        return owned
    }

    /// Sends a dump request and hands every message of the answer to `body`.
    private func ask(_ type: UInt16, _ body: (NetlinkMessage) -> Void) throws(SystemError) {
        // What is left of a question that timed out must not be read as the answer to this one.
        var stale = [UInt8](repeating: 0, count: 8192)
        while recv(questions.number, &stale, stale.count, pilotfish_msg_dontwait) > 0 {}
        struct Request {
            var header = nlmsghdr()
            var family = rtgenmsg()
        }
        var request = Request()
        request.header.nlmsg_len = UInt32(MemoryLayout<nlmsghdr>.size + MemoryLayout<rtgenmsg>.size)
        request.header.nlmsg_type = type
        request.header.nlmsg_flags = UInt16(NLM_F_REQUEST | NLM_F_DUMP)
        request.family.rtgen_family = type == UInt16(RTM_GETLINK) ? UInt8(AF_UNSPEC) : UInt8(AF_INET)
        let length = Int(request.header.nlmsg_len)
        try check("send", "netlink") { Int32(send(questions.number, &request, length, 0)) }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            var ready = pollfd(fd: questions.number, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 1000) > 0 else { throw SystemError(ETIMEDOUT, call: "recv", subject: "netlink") }
            let size = buffer.count
            let received = try check("recv", "netlink") { Int32(recv(questions.number, &buffer, size, 0)) }
            switch NetlinkMessage.walk(buffer[0..<Int(received)], body) {
            case .more: continue
            case .done: return
            case .failed(let code): throw SystemError(code, call: "netlink dump")
            }
        }
    }
}

/// One message of an rtnetlink dump; reads what it needs and trusts no length.
struct NetlinkMessage {
    private let type: UInt16
    private let bytes: ArraySlice<UInt8>

    /// How far a dump came.
    enum Progress {
        case more
        case done
        case failed(Int32)
    }

    /// Walks the messages of one datagram.
    static func walk(_ datagram: ArraySlice<UInt8>, _ body: (NetlinkMessage) -> Void) -> Progress {
        var rest = datagram
        while let header = rest.load(nlmsghdr.self, at: 0) {
            let length = Int(header.nlmsg_len)
            guard length >= MemoryLayout<nlmsghdr>.size, length <= rest.count else { return .failed(EBADMSG) }
            if header.nlmsg_type == UInt16(NLMSG_DONE) { return .done }
            if header.nlmsg_type == UInt16(NLMSG_ERROR) {
                return .failed(-(rest.load(Int32.self, at: MemoryLayout<nlmsghdr>.size) ?? -EBADMSG))
            }
            body(
                NetlinkMessage(
                    type: header.nlmsg_type, bytes: rest.prefix(length).dropFirst(MemoryLayout<nlmsghdr>.size)))
            rest = rest.dropFirst(aligned(length))
        }
        return .more
    }

    func link() -> NetworkInterface? {
        guard type == UInt16(RTM_NEWLINK), let header = bytes.load(ifinfomsg.self, at: 0) else { return nil }
        var interface = NetworkInterface(index: header.ifi_index, name: "")
        interface.isUp = header.ifi_flags & UInt32(IFF_UP) != 0 && header.ifi_flags & UInt32(IFF_RUNNING) != 0
        interface.isLoopback = header.ifi_flags & UInt32(IFF_LOOPBACK) != 0
        var driver = ""
        attributes(after: MemoryLayout<ifinfomsg>.size) { kind, value in
            switch Int(kind) {
            case Int(IFLA_IFNAME): interface.name = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
            case Int(IFLA_MTU): interface.mtu = value.load(UInt32.self, at: 0).map(Int.init) ?? interface.mtu
            case Int(IFLA_MASTER): interface.master = value.load(Int32.self, at: 0)
            case Int(IFLA_LINKINFO): driver = Self.driver(in: value)
            default: break
            }
        }
        interface.medium = Self.medium(of: interface.name, type: header.ifi_type, driver: driver)
        return interface
    }

    /// ARPHRD_ETHER of <net/if_arp.h>.
    private static let ethernet: UInt16 = 1

    private static func medium(of name: String, type: UInt16, driver: String) -> NetworkInterface.Medium {
        guard type == ethernet else { return .other }
        if driver == "bridge", NetworkInterface.isGuestBridge(name) { return .guests }
        // Drivers of wireless cards have this directory; there is no flag for it.
        return access("/sys/class/net/\(name)/phy80211", F_OK) == 0 ? .wireless : .wired
    }

    /// IFLA_INFO_KIND: the driver of a virtual interface.
    private static func driver(in information: ArraySlice<UInt8>) -> String {
        var driver = ""
        NetlinkMessage(type: 0, bytes: information).attributes(after: 0) { type, value in
            guard Int(type) == Int(IFLA_INFO_KIND) else { return }
            driver = String(decoding: value.prefix { $0 != 0 }, as: UTF8.self)
        }
        return driver
    }

    struct DefaultRoute {
        var interface: Int32
        var metric: UInt32
    }

    /// A route of the main table to everywhere.
    func defaultRoute() -> DefaultRoute? {
        guard type == UInt16(RTM_NEWROUTE), let header = bytes.load(rtmsg.self, at: 0), header.rtm_dst_len == 0,
            Int(header.rtm_table) == Int(RT_TABLE_MAIN.rawValue), Int(header.rtm_type) == Int(RTN_UNICAST)
        else { return nil }
        var interface: Int32?
        var metric: UInt32 = 0
        attributes(after: MemoryLayout<rtmsg>.size) { kind, value in
            switch Int(kind) {
            case Int(RTA_OIF.rawValue): interface = value.load(Int32.self, at: 0)
            case Int(RTA_PRIORITY.rawValue): metric = value.load(UInt32.self, at: 0) ?? 0
            default: break
            }
        }
        return interface.map { DefaultRoute(interface: $0, metric: metric) }
    }

    func address() -> (interface: Int32, network: IPv4Network)? {
        guard type == UInt16(RTM_NEWADDR), let header = bytes.load(ifaddrmsg.self, at: 0),
            header.ifa_family == UInt8(AF_INET)
        else { return nil }
        var address: IPv4Address?
        attributes(after: MemoryLayout<ifaddrmsg>.size) { kind, value in
            // The local address; IFA_ADDRESS is the far end on point-to-point links.
            guard Int(kind) == Int(IFA_LOCAL), let number = value.load(UInt32.self, at: 0) else { return }
            address = IPv4Address(UInt32(bigEndian: number))
        }
        return address.map {
            (Int32(header.ifa_index), IPv4Network(address: $0, prefixLength: Int(header.ifa_prefixlen)))
        }
    }

    private func attributes(after header: Int, _ body: (UInt16, ArraySlice<UInt8>) -> Void) {
        var rest = bytes.dropFirst(Self.aligned(header))
        while let attribute = rest.load(rtattr.self, at: 0) {
            let length = Int(attribute.rta_len)
            guard length >= MemoryLayout<rtattr>.size, length <= rest.count else { return }
            body(attribute.rta_type, rest.prefix(length).dropFirst(MemoryLayout<rtattr>.size))
            rest = rest.dropFirst(Self.aligned(length))
        }
    }

    /// Netlink aligns everything to four octets.
    private static func aligned(_ length: Int) -> Int { (length + 3) & ~3 }
}

extension ArraySlice<UInt8> {
    /// A plain C value at `offset` from the slice's start, or nil past its end.
    fileprivate func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value? {
        guard offset + MemoryLayout<Value>.size <= count else { return nil }
        return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
    }
}
