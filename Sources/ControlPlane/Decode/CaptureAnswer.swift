package import BootPolicy
package import Wire

/// What this Pilotfish would say to a client's message in a capture, by given settings and with nothing remembered.
package struct CaptureAnswerer: Sendable {
    private let server: IPv4Address
    private let catalog: Catalog

    /// - Parameter server: our address, as the clients of the capture would reach us.
    package init(server: IPv4Address, catalog: Catalog) {
        self.server = server
        self.catalog = catalog
    }

    /// One line; nil for what no client sent, or not to where we listen.
    func line(_ datagram: RawSpan, source: Endpoint, destination: Endpoint) -> String? {
        guard let message = try? DHCPMessage(datagram), message.isRequest,
            destination.port == 67 || destination.port == 4011
        else { return nil }
        let arrival = Arrival(
            port: destination.port == 67 ? .dhcp : .bootService, interface: 0, serverAddress: server, source: source,
            destination: destination.address)
        switch ClientFacts.read(message, classes: catalog.vendorClasses) {
        case .failure(let refusal):
            return Self.line(refusal)
        case .success(let facts):
            switch ProxyDHCP.answer(facts, arrival: arrival, in: catalog) {
            case .ignore(let refusal): return Self.line(refusal)
            case .reply(let reply): return Self.line(reply)
            case .ask(let question): return "=> asks \(question.place)"
            }
        }
    }

    private static func line(_ refusal: Refusal) -> String {
        "=> no answer: \(refusal.summary) [\(refusal.code)]"
    }

    private static func line(_ reply: BootReply) -> String {
        let kind = reply.message.kind == .offer ? "OFFER" : "ACK"
        let file = reply.message.bootFile.isEmpty ? "no file" : reply.message.bootFile
        let place =
            switch reply.route {
            case .broadcast: "everybody"
            case .relay(let relay): "the relay \(relay)"
            case .unicast(let client), .dhcpUnicast(let client): "\(client)"
            }
        return "=> \(kind) of shape \(reply.shape.rawValue) to \(place): \(file) from \(reply.message.nextServer)"
    }
}
