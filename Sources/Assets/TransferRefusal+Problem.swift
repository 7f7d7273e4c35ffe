package import BootPolicy

extension TransferRefusal {
    /// What a client of TFTP is told of a file that it does not get.
    package init(_ problem: AssetProblem) {
        switch problem {
        case .notFound: self = .notFound
        case .denied, .locked: self = .accessDenied
        case .unreadable, .notWritten: self = .readFailed
        case .incomplete: self = .incompleteAnswer
        case .upstream: self = .upstreamFailed
        }
    }
}
