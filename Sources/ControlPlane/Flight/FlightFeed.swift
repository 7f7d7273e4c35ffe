import BootPolicy
package import Exchange
import LinuxIO
import Wire

/// Puts the events of machines beside their packets: what is not kept as packets, such as HTTP, is told by them.
package struct FlightFeed: EventListener {
    private let flight: FlightRecorder
    private let addresses: AddressBook

    /// - Returns: nil where no packets are kept.
    package init?(_ context: EngineContext) {
        guard context.flight.isOn else { return nil }
        flight = context.flight
        addresses = context.addresses
    }

    package func hear(_ recorded: RecordedEvent) {
        guard let client = client(of: recorded.event) else { return }
        let text = EventText(recorded.event, interfaceName: NetworkInterface.name)
        let time = Instant(nanoseconds: recorded.time * 1_000_000 - FlightClock.offset)
        flight.keep(event: "\(text.name) \(FieldText.words(text.fields))", at: time, of: client)
    }

    /// The machine that an event is of, if it is of one; a DHCP server's word is kept as a packet.
    private func client(of event: BootEvent) -> FlightClient? {
        switch event {
        case .answered(let client, _, _, _): .card(client.hardware)
        case .refused(let client, _, _): .card(client.hardware)
        case .learned(let lesson): .card(lesson.teacher)
        case .transferStarted(let facts), .transferEnded(let facts, _): place(facts.client.address)
        case .transferRefused(let client, _, _): place(client.address)
        case .downloadEnded(let facts): place(facts.client.address)
        default: nil
        }
    }

    private func place(_ address: IPAddress) -> FlightClient {
        addresses.requester(at: address).hardware.map { .card(ClientHardware($0)) } ?? .address(address)
    }
}

/// Between the clock that packets are kept by and the one that people read.
enum FlightClock {
    /// Nanoseconds from the one to the other, to the millisecond.
    static var offset: Int64 { Clock.wallMilliseconds * 1_000_000 - Clock.now.nanoseconds }
}
