package import Wire

/// Something to be asked of a server on the network, by the process that fetches for us.
package struct FetchRequest: Equatable, Sendable {
    package enum Method: UInt8, Sendable {
        case get = 0
        case post = 1
    }

    /// http or https, with nothing that a client chose but what is percent-encoded.
    package var url: String
    package var method = Method.get
    /// Fields of the request, each as `Name: value`.
    package var fields: [String] = []
    /// The body of a POST.
    package var body: [UInt8] = []
    /// A file of certificates (PEM) that alone are trusted; empty for those that the system trusts.
    package var authorities = ""
    package var limits = FetchLimits()

    package init(url: String) {
        self.url = url
    }
}

/// How long a request may take, and how much may come back.
package struct FetchLimits: Equatable, Sendable {
    /// Until a connection is made.
    package var connect = TimeSpan.seconds(10)
    /// Until all of it is done; nil for as long as something comes.
    package var whole: TimeSpan?
    /// Without at least `slowest` octets a second.
    package var stall = TimeSpan.seconds(30)
    /// Octets of the body; more are a failure.
    package var octets: Int64
    /// Octets that stay free on the file system of the file that the body goes into.
    package var spare: Int64 = 0

    /// Octets in a second beneath which a transfer counts as stalled.
    static let slowest = 100
    /// Octets of the largest body that is kept in memory and handed over in one message, whatever else is asked for.
    package static let memory: Int64 = 64 << 10

    package init(octets: Int64 = FetchLimits.memory) {
        self.octets = octets
    }
}

/// What the fields of a response say, as far as anybody here needs it.
package struct FetchHead: Equatable, Sendable {
    /// The status of the last response, behind all redirects.
    package var status: Int
    /// Octets of the body, if the server says so in advance.
    package var size: Int64?
    /// As the server wrote them; empty when it did not.
    package var entityTag: String
    package var modified: String
    package var contentType: String

    package init(
        status: Int, size: Int64? = nil, entityTag: String = "", modified: String = "", contentType: String = ""
    ) {
        self.status = status
        self.size = size
        self.entityTag = entityTag
        self.modified = modified
        self.contentType = contentType
    }
}

/// Why nothing came, or not all.
package struct FetchFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Kind: UInt8, Sendable {
        /// No connection, no name, or it broke off.
        case unreachable = 0
        case timeout = 1
        /// TLS: nobody whom we trust says that it is this server.
        case untrusted = 2
        /// More octets than were allowed.
        case tooLarge = 3
        /// The file could not be written.
        case disk = 4
        /// The process that fetches ended; the next request finds a new one.
        case fetcherDied = 5
        /// There is none any more, or too many requests wait for it.
        case unavailable = 6
        /// The request itself is at fault, or the server's answer is none.
        case refused = 7
    }

    package var kind: Kind
    /// A sentence for people, without the address.
    package var description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

/// What becomes of a request: for a file `began`, then `progress`; in the end one of the last two, once.
package enum FetchNews: Equatable, Sendable {
    /// The response to a request for a file has begun, and is one that has the file (200).
    case began(FetchHead)
    /// Octets that stand in the file by now.
    case progress(Int64)
    /// All is there: in memory, or this many octets in the file. With another status than 200 the file is empty, and
    /// the body that came with it dropped.
    case finished(FetchHead, body: [UInt8], octets: Int64)
    case failed(FetchFailure)
}

extension FetchNews {
    /// Whether nothing comes after it.
    package var isLast: Bool {
        switch self {
        case .began, .progress: false
        case .finished, .failed: true
        }
    }
}
