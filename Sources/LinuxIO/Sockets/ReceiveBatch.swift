import CLinuxNet
import Glibc
package import Wire

/// Room for many datagrams, received with one system call; allocated once, used for ever.
package struct ReceiveBatch: ~Copyable {
    private let capacity: Int
    private let slotSize: Int
    private let messages: UnsafeMutablePointer<pilotfish_message>
    private let vectors: UnsafeMutablePointer<iovec>
    private let addresses: UnsafeMutablePointer<sockaddr_storage>
    private let control: UnsafeMutableRawPointer
    private let buffers: UnsafeMutableRawPointer

    /// Batches taken from one socket before the others, the timers and the stop signal have their turn: a flood must
    /// not keep an engine here for ever. What is left stirs the descriptor again.
    package static let roundsPerWake = 4

    /// Datagrams that the last receive brought.
    package private(set) var count = 0
    /// Slots, from the first on, that the kernel has written to since they were made ready.
    private var unprepared: Int

    /// - Parameters:
    ///   - capacity: datagrams per call.
    ///   - slotSize: octets per datagram; what is longer is cut off.
    package init(capacity: Int = 64, slotSize: Int = 2048) {
        self.capacity = capacity
        self.slotSize = slotSize
        unprepared = capacity
        messages = .allocate(capacity: capacity)
        vectors = .allocate(capacity: capacity)
        addresses = .allocate(capacity: capacity)
        control = .allocate(byteCount: capacity * Int(PILOTFISH_CONTROL_SIZE), alignment: 16)
        buffers = .allocate(byteCount: capacity * slotSize, alignment: 16)
        messages.initialize(repeating: pilotfish_message(), count: capacity)
        addresses.initialize(repeating: sockaddr_storage(), count: capacity)
        for index in 0..<capacity {
            vectors.advanced(by: index).initialize(
                to: iovec(iov_base: buffers.advanced(by: index * slotSize), iov_len: slotSize))
        }
    }

    deinit {
        messages.deallocate()
        vectors.deallocate()
        addresses.deallocate()
        control.deallocate()
        buffers.deallocate()
    }

    /// Takes what waits on the socket, without waiting for more.
    ///
    /// - Returns: whether the batch was filled, so that more may wait.
    /// - Throws: `SystemError`; an empty socket is no error.
    package mutating func receive(from descriptor: borrowing OwnedDescriptor) throws(SystemError) -> Bool {
        try receive(from: descriptor, flags: pilotfish_msg_dontwait)
    }

    /// Takes what waits on the socket's error queue: each datagram is one of ours that came to nothing, and `source`
    /// is where it had been sent.
    package mutating func receiveErrors(from descriptor: borrowing OwnedDescriptor) throws(SystemError) -> Bool {
        try receive(from: descriptor, flags: pilotfish_msg_dontwait | pilotfish_msg_errqueue)
    }

    private mutating func receive(
        from descriptor: borrowing OwnedDescriptor, flags: Int32
    ) throws(SystemError) -> Bool {
        for index in 0..<unprepared { prepare(index) }
        unprepared = 0
        count = 0
        let received = pilotfish_recvmmsg(descriptor.number, messages, UInt32(capacity), flags)
        if received < 0 {
            let code = errno
            // An ICMP error of an earlier send is reported here once; the datagrams behind it come with the next call.
            let error = SystemError(code, call: "recvmmsg")
            if error.isWouldBlock || code == EINTR || error.isOfNetwork { return false }
            throw error
        }
        count = Int(received)
        unprepared = count
        return count == capacity
    }

    /// The octets of a datagram; valid until the next receive.
    @_lifetime(borrow self)
    package func payload(_ index: Int) -> RawSpan {
        precondition(index < count, "no such datagram")
        let buffer = UnsafeRawBufferPointer(
            start: buffers.advanced(by: index * slotSize), count: min(Int(messages[index].length), slotSize))
        return _overrideLifetime(buffer.bytes, borrowing: self)
    }

    /// Where a UDP datagram came from.
    package func source(_ index: Int) -> IPEndpoint {
        SocketAddress.read(addresses.advanced(by: index))
    }

    /// The interface and the address that a UDP datagram came to (IP_PKTINFO, IPV6_PKTINFO).
    package func destination(_ index: Int) -> Destination? {
        var interface: Int32 = 0
        guard Int32(addresses[index].ss_family) != AF_INET6 else {
            var octets = in6_addr()
            let isKnown = withUnsafeMutableBytes(of: &octets) { octets in
                pilotfish_packet_info6(
                    &messages[index].header, &interface, octets.baseAddress?.assumingMemoryBound(to: UInt8.self))
            }
            guard isKnown else { return nil }
            let address = IPAddress(octets: octets, zone: UInt32(bitPattern: interface))
            return Destination(interface: interface, address: address, isOwnAddress: !address.isMulticast)
        }
        var addressed: UInt32 = 0
        var local: UInt32 = 0
        guard pilotfish_packet_info(&messages[index].header, &interface, &addressed, &local) else { return nil }
        return Destination(
            interface: interface, address: IPAddress(IPv4Address(UInt32(bigEndian: addressed))),
            isOwnAddress: addressed == local)
    }

    /// The errno of a datagram of the error queue that an ICMP message caused.
    package func errorNumber(_ index: Int) -> Int32? {
        var number: Int32 = 0
        return pilotfish_error_origin(&messages[index].header, &number) ? number : nil
    }

    /// What the kernel tells of a packet of a packet socket.
    package func origin(_ index: Int) -> PacketOrigin {
        let address = UnsafeRawPointer(addresses.advanced(by: index)).loadUnaligned(as: sockaddr_ll.self)
        var auxiliary = tpacket_auxdata()
        let isKnown = pilotfish_auxiliary_data(&messages[index].header, &auxiliary)
        let status = isKnown ? auxiliary.tp_status : 0
        let hasTag = status & UInt32(TP_STATUS_VLAN_VALID) != 0 && auxiliary.tp_vlan_tci & 0xFFF != 0
        let isForOther = Int32(address.sll_pkttype) == pilotfish_packet_other_host
        return PacketOrigin(
            interface: address.sll_ifindex,
            hardware: address.sll_halen == 6 ? MACAddress(withUnsafeBytes(of: address.sll_addr, Self.number)) : nil,
            isChecksumReady: status & UInt32(TP_STATUS_CSUMNOTREADY) == 0,
            isForeign: hasTag || isForOther, isOutgoing: Int32(address.sll_pkttype) == pilotfish_packet_outgoing,
            isOnlyForOtherHost: isForOther && !hasTag)
    }

    private static func number(_ octets: UnsafeRawBufferPointer) -> UInt64 {
        octets.prefix(6).reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func prepare(_ index: Int) {
        messages[index].header.msg_name = UnsafeMutableRawPointer(addresses.advanced(by: index))
        messages[index].header.msg_namelen = socklen_t(MemoryLayout<sockaddr_storage>.size)
        messages[index].header.msg_iov = vectors.advanced(by: index)
        messages[index].header.msg_iovlen = 1
        messages[index].header.msg_control = control.advanced(by: index * Int(PILOTFISH_CONTROL_SIZE))
        messages[index].header.msg_controllen = Int(PILOTFISH_CONTROL_SIZE)
        messages[index].header.msg_flags = 0
    }
}

/// Where a UDP datagram came to.
package struct Destination: Sendable {
    /// Index of the interface of arrival.
    package let interface: Int32
    /// The destination address in the packet; one that is link-local has the interface of arrival as its zone.
    package let address: IPAddress
    /// False for a broadcast or multicast address.
    package let isOwnAddress: Bool
}
