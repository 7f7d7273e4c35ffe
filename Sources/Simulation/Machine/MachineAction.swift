import BootPolicy
import Wire

/// What a machine wants done; the answers come back to it as calls.
enum MachineAction: Equatable {
    case broadcast(ClientRequest)
    /// To port 4011 of a boot service.
    case askBootService(IPv4Address, ClientRequest)
    case load(name: String, server: IPv4Address)
    /// Fetch by HTTP; of a script, bring the text.
    case get(HTTPLocation, isScript: Bool)
    /// Whatever is under way is over: power went, or it is not wanted any more.
    case cut
}

/// What came of an HTTP request.
enum HTTPOutcome: Equatable {
    /// A whole response: its status, the octets of its body, and the text if that is a script and was asked for.
    case answered(status: Int, octets: Int64, script: String?)
    case failed(String)
}
