import Wire

/// A file as a capture: whatever is in it, what is read lies in the file and is numbered in order.
enum CaptureFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        guard let file = try? CaptureFile(octets) else { return }
        complaints.demand(file.packets.map(\.number) == Array(file.packets.indices), "packets out of order")
        let held = file.packets.reduce(0) { $0 + $1.octets.count }
        complaints.demand(held <= octets.count, "more octets than the file has")
        for packet in file.packets { complaints.demand(!"\(packet.link)".isEmpty, "a link without a name") }
    }
}
