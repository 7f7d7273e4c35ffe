import Wire

extension Settings {
    /// What `[api]` must not mean.
    var apiConflicts: [Conflict] { [nakedAPI, halfCertificate, lockedAPI].compactMap(\.self) }

    /// The token would go over the network for everybody to read.
    private var nakedAPI: Conflict? {
        guard api.certificate.isEmpty, let door = api.listen.first(where: { !$0.address.isLoopback }) else {
            return nil
        }
        return Conflict(
            keys: ["api.listen", "api.certificate"],
            message: "\(door) is reached from the network, and without TLS everybody there could read the token; write "
                + "certificate and key, or listen on 127.0.0.1:\(door.port)")
    }

    private var halfCertificate: Conflict? {
        guard api.certificate.isEmpty != api.key.isEmpty else { return nil }
        return Conflict(
            keys: api.key.isEmpty ? ["api.certificate", "api.key"] : ["api.key", "api.certificate"],
            message: "TLS needs both, the certificate and its key; write certificate = \"…\" and key = \"…\"")
    }

    private var lockedAPI: Conflict? {
        guard api.isPrivate, api.token.isEmpty, !api.listen.isEmpty else { return nil }
        return Conflict(
            keys: ["api.private", "api.token"],
            message: "nobody could see anything over TCP, for there is no token; write token = \"NAME\" of a secret")
    }
}

extension Check {
    /// `ADDRESS:PORT` of the control API, which has no privilege for ports below 1024.
    static func apiDoor(_ text: String) throws(Problem) -> IPEndpoint {
        let door = try listen(text)
        guard door.port >= 1024 else {
            throw Problem(
                "port \(door.port) needs a privilege that the API does not have; choose one from 1024 to 65535, such as 8443"
            )
        }
        return door
    }

    /// An absolute path, or nothing.
    static func pathOrNothing(_ text: String) throws(Problem) -> String {
        try text.isEmpty ? text : absolutePath(text)
    }

    /// The name of a secret, or nothing.
    static func secretOrNothing(_ text: String) throws(Problem) -> String {
        try text.isEmpty ? text : targetName(text)
    }
}
