package import BootPolicy
package import Wire

/// What every engine shares, in one value that the composition root hands round.
package struct EngineContext: Sendable {
    package let catalog: PublishedCatalog
    package let events: EventRing
    package let memory: MemoryFeed
    package let counters: EngineCounters
    package let stop: StopSignal
    package let addresses: AddressBook
    package let transfers = ProgressBoard<TransferProgress>()
    package let downloads = ProgressBoard<DownloadProgress>()
    package let decisions = DecisionBook()
    package let installs = InstallBoard()
    package let interfaces = ServedInterfaces()
    package let requests = HeardRequests()
    package let flight: FlightRecorder
    package let roll = RollCall()
    /// Asks an endpoint, without waiting; what comes of it is told to `memory`.
    package let ask: @Sendable (WebhookQuestion) -> Void

    package init(
        catalog: PublishedCatalog, events: EventRing, memory: MemoryFeed, counters: EngineCounters, stop: StopSignal,
        addresses: AddressBook = AddressBook(), flight: FlightRecorder = FlightRecorder(octets: 0),
        ask: @escaping @Sendable (WebhookQuestion) -> Void = { _ in }
    ) {
        self.catalog = catalog
        self.events = events
        self.memory = memory
        self.counters = counters
        self.stop = stop
        self.addresses = addresses
        self.flight = flight
        self.ask = ask
    }

    /// Who asks from an address for a file, as far as that is known.
    ///
    /// - Parameter path: the name that was asked for, cleaned; nil for one that is no path.
    package func requester(at address: IPAddress, asking path: RequestPath?) -> Requester {
        installs.enrol(addresses.requester(at: address), asking: path)
    }
}
