@testable import Fetching

/// A message between the service and the process that fetches, in either direction: the first octet says in which.
enum FetchFuzz {
    static func run(_ octets: [UInt8], _ complaints: inout Complaints) {
        let message = Array(octets.dropFirst())
        if (octets.first ?? 0) & 1 == 0 {
            guard let order = try? FetchOrder(message) else { return }
            complaints.demand((try? FetchOrder(order.encoded)) == order, "an order reads otherwise when it is written")
        } else {
            guard let report = try? FetchReport(message) else { return }
            complaints.demand(
                (try? FetchReport(report.encoded)) == report, "a report reads otherwise when it is written")
        }
    }
}
