import BootPolicy
package import Exchange
package import Wire

/// What a flight recorder has kept, as a capture: packets with the headers that a cooked socket of Linux gives (no Ethernet header
/// was ever seen), and beside each packet, as comments, the events of its machine up to the next.
package struct FlightCapture {
    /// Each machine's events that stand before its first packet, or behind the latest.
    private struct Line {
        let record: FlightRecord
        var comments: [String] = []
    }

    private let records: [FlightRecord]
    private let interfaceName: (Int32) -> String
    private let interfaceAddress: (Int32) -> IPv4Address?
    /// Octets that stand in packets as they were.
    private let showsSecrets: Bool

    /// - Parameters:
    ///   - records: in the order of time.
    ///   - showsSecrets: whether tokens of installs stand in the file.
    ///   - interfaceName: turns an interface's index into its name, and the next into its address.
    package init(
        _ records: [FlightRecord], showsSecrets: Bool, interfaceName: @escaping (Int32) -> String,
        interfaceAddress: @escaping (Int32) -> IPv4Address?
    ) {
        self.records = records
        self.showsSecrets = showsSecrets
        self.interfaceName = interfaceName
        self.interfaceAddress = interfaceAddress
    }

    /// The file.
    ///
    /// - Parameters:
    ///   - comment: what is to be known of all of it.
    ///   - offset: nanoseconds from the records' clock to 1970.
    package func file(comment: String, offset: Int64) -> [UInt8] {
        var writer = PcapngWriter(application: "pilotfish", comment: comment)
        var numbers: [Int32: Int] = [:]
        var known: [FlightClient: Int32] = [:]
        var packet = ByteWriter()
        for line in lines {
            let facts = line.record.facts
            // TFTP does not know the interface; the machine's DHCP did.
            let index = facts.interface != 0 ? facts.interface : known[line.record.client] ?? 0
            known[line.record.client] = index
            let number = numbers[index] ?? writer.add(interface(index), link: .cooked)
            numbers[index] = number
            packet.clear()
            let carried = write(line.record, into: &packet)
            writer.add(
                packet.bytes, carried: carried, time: Instant(nanoseconds: facts.time.nanoseconds + offset),
                interface: number, isOutgoing: facts.isOutgoing, comments: line.comments)
        }
        return writer.bytes
    }

    private func interface(_ index: Int32) -> CaptureInterface {
        index == 0
            ? CaptureInterface(name: "any", address: nil)
            : CaptureInterface(name: interfaceName(index), address: interfaceAddress(index))
    }

    /// The packets, each with the events that go with it.
    private var lines: [Line] {
        var lines: [Line] = []
        var latest: [FlightClient: Int] = [:]
        var early: [FlightClient: [String]] = [:]
        for record in records {
            if record.facts.content == .event {
                let text = String(decoding: record.octets, as: UTF8.self)
                if let place = latest[record.client] {
                    lines[place].comments.append(text)
                } else {
                    early[record.client, default: []].append(text)
                }
            } else {
                latest[record.client] = lines.count
                lines.append(Line(record: record, comments: early.removeValue(forKey: record.client) ?? []))
            }
        }
        return lines
    }

    /// Writes a packet from its cooked header on.
    ///
    /// - Returns: octets that there were on the link.
    private func write(_ record: FlightRecord, into packet: inout ByteWriter) -> Int {
        let facts = record.facts
        let masked = showsSecrets ? nil : InstallPath.masked(octets: record.octets)
        let octets = masked ?? record.octets
        let isBroadcast =
            facts.content == .packet
            ? octets.count >= 20 && octets[16..<20].allSatisfy { $0 == 255 }
            : facts.destination.address == IPAddress(.broadcast)
        CookedHeader.write(
            isOutgoing: facts.isOutgoing, isBroadcast: isBroadcast, hardware: facts.hardware,
            family: facts.content == .packet ? .ipv4 : facts.source.address.family, into: &packet)
        guard facts.content == .datagram else {
            packet.append(octets)
            return packet.count
        }
        DatagramFrame.write(
            from: facts.source, to: facts.destination, payload: octets, carried: max(facts.carried, octets.count),
            into: &packet)
        return packet.count + max(facts.carried - octets.count, 0)
    }
}
