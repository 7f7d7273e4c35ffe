import CCurl
import Glibc
import LinuxIO
import Wire

/// One request in libcurl's hands.
final class FetchTransfer {
    let number: FetchNumber
    let easy: UnsafeMutableRawPointer
    private let request: FetchRequest
    private let file: SharedDescriptor?
    private var fields: UnsafeMutablePointer<curl_slist>?
    private let errorText: UnsafeMutablePointer<CChar>

    /// Octets in the file.
    private(set) var written: Int64 = 0
    private var reportedOctets: Int64 = 0
    private(set) var reportedAt = Instant(nanoseconds: 0)
    private var memory: [UInt8] = []
    private var head: FetchHead?
    private var toldHead = false
    /// Why we broke it off ourselves.
    private var failure: FetchFailure?
    /// Whether it may reach this very host.
    private let mayReachHost: Bool
    /// The address that it was not let to.
    private var refusedAddress: String?
    /// When to look again what is free on the file system.
    private var nextLook: Int64 = 0
    /// The body of an answer that is no file is of no use: it is not even read.
    private var droppedBody = false

    private static let mostRedirects = 5
    private static let bufferSize = 512 << 10
    /// Octets written between two looks at what is free.
    private static let lookInterval: Int64 = 16 << 20

    /// - Parameter easy: of curl_easy_init(3); freed with this object.
    init(_ number: FetchNumber, _ request: FetchRequest, into file: SharedDescriptor?, easy: UnsafeMutableRawPointer) {
        self.number = number
        self.request = request
        self.file = file
        self.easy = easy
        mayReachHost = HostAddresses.areMeant(by: request.url, isLed: request.method == .get)
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(fields)
        errorText.deallocate()
    }

    /// Tells libcurl what to do.
    ///
    /// - Returns: why it will not, if so.
    func prepare() -> FetchFailure? {
        let results =
            [
                pilotfish_curl_set_text(easy, CURLOPT_URL, request.url),
                pilotfish_curl_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque()),
                pilotfish_curl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText),
                pilotfish_curl_set_writer(easy, takeBody, Unmanaged.passUnretained(self).toOpaque()),
                pilotfish_curl_set_gatekeeper(easy, openSocket, lookAtWay, Unmanaged.passUnretained(self).toOpaque()),
                pilotfish_curl_set_text(easy, CURLOPT_USERAGENT, "pilotfish"),
                pilotfish_curl_set_number(easy, CURLOPT_NOSIGNAL, 1),
                // One request, one response: nothing is won by more of it than that.
                pilotfish_curl_set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1),
                pilotfish_curl_set_number(easy, CURLOPT_BUFFERSIZE, Self.bufferSize),
            ] + limits + redirects + trust + contents
        return results.first { $0 != CURLE_OK }.map {
            FetchFailure(.refused, String(cString: curl_easy_strerror($0)))
        }
    }

    private var limits: [CURLcode] {
        let limits = request.limits
        return [
            pilotfish_curl_set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits.connect)),
            pilotfish_curl_set_number(easy, CURLOPT_TIMEOUT_MS, limits.whole.map(milliseconds) ?? 0),
            pilotfish_curl_set_number(easy, CURLOPT_LOW_SPEED_LIMIT, FetchLimits.slowest),
            pilotfish_curl_set_number(easy, CURLOPT_LOW_SPEED_TIME, max(1, milliseconds(limits.stall) / 1000)),
            pilotfish_curl_set_large(easy, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limits.octets)),
        ]
    }

    /// Who asked for https is never led to http, and a POST is nowhere led.
    private var redirects: [CURLcode] {
        let isSecure = request.url.lowercased().hasPrefix("https:")
        return [
            pilotfish_curl_set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https"),
            pilotfish_curl_set_text(easy, CURLOPT_REDIR_PROTOCOLS_STR, isSecure ? "https" : "http,https"),
            pilotfish_curl_set_number(easy, CURLOPT_FOLLOWLOCATION, request.method == .get ? 1 : 0),
            pilotfish_curl_set_number(easy, CURLOPT_MAXREDIRS, Self.mostRedirects),
        ]
    }

    private var trust: [CURLcode] {
        guard !request.authorities.isEmpty else { return [] }
        return [
            pilotfish_curl_set_text(easy, CURLOPT_CAINFO, request.authorities),
            pilotfish_curl_set_text(easy, CURLOPT_CAPATH, nil),
        ]
    }

    private var contents: [CURLcode] {
        for field in request.fields { fields = curl_slist_append(fields, field) ?? fields }
        var results = [pilotfish_curl_set_pointer(easy, CURLOPT_HTTPHEADER, fields)]
        if request.method == .post {
            results += [
                pilotfish_curl_set_large(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count)),
                request.body.withUnsafeBytes { body in
                    // Copied, and after its size was told, for it may hold NULs (CURLOPT_COPYPOSTFIELDS(3)).
                    pilotfish_curl_set_pointer(
                        easy, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: body.baseAddress))
                },
            ]
        }
        return results
    }

    private func milliseconds(_ time: TimeSpan) -> Int {
        max(1, Int(clamping: time.nanoseconds / 1_000_000))
    }

    // MARK: The response

    /// Whether more is in the file than the service knows of.
    var hasProgress: Bool { written > reportedOctets }

    func reported(at now: Instant) {
        reportedOctets = written
        reportedAt = now
    }

    /// The head of a response that has the file, once.
    func takeHead() -> FetchHead? {
        guard file != nil, !toldHead, let head, head.status == 200 else { return nil }
        toldHead = true
        return head
    }

    /// - Returns: whether to go on.
    fileprivate func take(_ octets: UnsafeRawBufferPointer) -> Bool {
        let head = self.head ?? readHead()
        self.head = head
        guard let file else {
            memory += octets
            return isWithin(Int64(memory.count))
        }
        guard head.status == 200 else {
            droppedBody = true
            return false
        }
        return isWithin(written + Int64(octets.count)) && hasSpare(file) && write(octets, to: file)
    }

    /// Whether what must stay free is so. Whether all of the file has room is for the service to say, which knows of all that
    /// is under way.
    private func hasSpare(_ file: SharedDescriptor) -> Bool {
        guard request.limits.spare > 0, written >= nextLook, let room = try? file.room("the cached file") else {
            return true
        }
        nextLook = written + Self.lookInterval
        guard room.free >= request.limits.spare else {
            let spare = request.limits.spare
            let text = "the file system of the cache has \(room.free) octets free, and \(spare) must stay so"
            failure = FetchFailure(.disk, text)
            return false
        }
        return true
    }

    private func isWithin(_ octets: Int64) -> Bool {
        let limit = file == nil ? min(request.limits.octets, FetchLimits.memory) : request.limits.octets
        if octets > limit { failure = FetchFailure(.tooLarge, "the answer is larger than the \(limit) octets allowed") }
        return octets <= limit
    }

    private func write(_ octets: UnsafeRawBufferPointer, to file: SharedDescriptor) -> Bool {
        var rest = octets[...]
        while !rest.isEmpty {
            let count = Glibc.write(
                file.descriptor.number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                failure = FetchFailure(.disk, "\(SystemError(call: "write", subject: "the cached file"))")
                return false
            }
            rest = rest.dropFirst(count)
            written += Int64(count)
        }
        return true
    }

    private func readHead() -> FetchHead {
        let length = pilotfish_curl_length(easy)
        return FetchHead(
            status: Int(pilotfish_curl_status(easy)), size: length >= 0 ? Int64(length) : nil, entityTag: field("ETag"),
            modified: field("Last-Modified"), contentType: field("Content-Type"))
    }

    /// A field of the last response, as far as it fits where it will be kept.
    private func field(_ name: String) -> String {
        var found: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(easy, name, 0, UInt32(CURLH_HEADER), -1, &found) == CURLHE_OK,
            let value = found?.pointee.value, strlen(value) <= 256
        else { return "" }
        return String(cString: value)
    }

    /// - Parameter address: as text.
    /// - Returns: whether the request may go there.
    fileprivate func mayReach(_ address: @autoclosure () -> String, isHost: Bool) -> Bool {
        guard isHost, !mayReachHost else { return true }
        refusedAddress = address()
        return false
    }

    /// What has become of it.
    func outcome(_ result: CURLcode) -> FetchNews {
        if let failure { return .failed(failure) }
        if result != CURLE_OK, let refusedAddress {
            let text = "it leads to \(refusedAddress), this very host or its link, which the settings do not name"
            return .failed(FetchFailure(.refused, text))
        }
        guard result == CURLE_OK || droppedBody && result == CURLE_WRITE_ERROR else {
            return .failed(FetchFailure(kind(of: result), text(of: result)))
        }
        let head = self.head ?? readHead()
        self.head = head
        return .finished(head, body: memory, octets: written)
    }

    private func kind(of result: CURLcode) -> FetchFailure.Kind {
        switch result {
        case CURLE_OPERATION_TIMEDOUT: .timeout
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM,
            CURLE_SSL_ISSUER_ERROR:
            .untrusted
        case CURLE_FILESIZE_EXCEEDED: .tooLarge
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_TOO_MANY_REDIRECTS, CURLE_WEIRD_SERVER_REPLY:
            .refused
        default: .unreachable
        }
    }

    /// What libcurl says of this one, else what it says of all such.
    private func text(of result: CURLcode) -> String {
        errorText.pointee != 0 ? String(cString: errorText) : String(cString: curl_easy_strerror(result))
    }
}

/// libcurl's way to a socket: none to this very host, unless that is meant.
private let openSocket: curl_opensocket_callback = { context, _, address in
    guard let context, let address else { return -1 }
    let transfer = Unmanaged<FetchTransfer>.fromOpaque(context).takeUnretainedValue()
    let isHost = HostAddresses.contain(address)
    guard transfer.mayReach(HostAddresses.text(address), isHost: isHost) else { return -1 }
    return socket(
        address.pointee.family, address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue), address.pointee.protocol)
}

/// libcurl's last look before a request is sent: a connection may have been opened for somebody who may go there.
private let lookAtWay: curl_prereq_callback = { context, remote, _, _, _ in
    guard let context, let remote else { return CURL_PREREQFUNC_ABORT }
    let transfer = Unmanaged<FetchTransfer>.fromOpaque(context).takeUnretainedValue()
    let address = String(cString: remote)
    return transfer.mayReach(address, isHost: HostAddresses.contain(address))
        ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

/// libcurl's writer (CURLOPT_WRITEFUNCTION(3)): another number of octets than were given ends the transfer.
private let takeBody: curl_write_callback = { octets, size, count, context in
    guard let octets, let context else { return 0 }
    let transfer = Unmanaged<FetchTransfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.take(UnsafeRawBufferPointer(start: octets, count: size * count)) ? size * count : 0
}
