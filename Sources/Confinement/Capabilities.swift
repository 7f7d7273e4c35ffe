import CLibcap
import Glibc
import LinuxIO

/// The capabilities that Pilotfish ever needs, all of them only to start (capabilities(7)).
package enum Capability: String, Sendable, CaseIterable {
    /// Packet sockets.
    case netRaw = "CAP_NET_RAW"
    /// Ports below 1024.
    case netBindService = "CAP_NET_BIND_SERVICE"

    fileprivate var number: cap_value_t {
        switch self {
        case .netRaw: CAP_NET_RAW
        case .netBindService: CAP_NET_BIND_SERVICE
        }
    }

    /// What it is needed for, for people.
    fileprivate var purpose: String {
        switch self {
        case .netRaw: "to hear DHCP clients on a packet socket"
        case .netBindService: "to open ports below 1024"
        }
    }

    /// Whether this thread may use it now.
    package var isEffective: Bool {
        guard let state = cap_get_proc() else { return false }
        defer { cap_free(UnsafeMutableRawPointer(state)) }
        var flag = CAP_CLEAR
        return cap_get_flag(state, number, CAP_EFFECTIVE, &flag) == 0 && flag == CAP_SET
    }
}

/// Says at once, in one sentence, what is missing and how to get it.
package struct MissingCapabilities: Error, CustomStringConvertible {
    package let missing: [Capability]

    /// Nil when all of `needed` are there.
    package init?(of needed: [Capability]) {
        missing = needed.filter { !$0.isEffective }
        if missing.isEmpty { return nil }
    }

    package var description: String {
        let names = missing.map { "\($0.rawValue) (\($0.purpose))" }.joined(separator: " and ")
        let grants = missing.map { $0.rawValue.lowercased() }.joined(separator: ",")
        return """
            pilotfish needs \(names): start it as root (it drops every privilege before it reads a packet), from \
            its systemd unit, or after "setcap \(grants)=ep" on the program; without any, have its sockets opened for \
            it ("pilotfish open" as root in ExecStartPre=+, as its unit has it, or .socket units), or choose an engine with \
            --only and ports above 1023
            """
    }
}

/// Gives up every capability in every set, for good.
enum CapabilityDrop {
    /// Empties the bounding and the ambient set; needs CAP_SETPCAP, so it comes first.
    ///
    /// - Throws: `SystemError`; a process without CAP_SETPCAP cannot shrink the bounding set, and without
    ///   capabilities has no use for it: that is no error.
    static func emptyBoundingAndAmbient() throws(SystemError) {
        if cap_reset_ambient() != 0, errno != EINVAL { throw SystemError(call: "cap_reset_ambient") }
        var number: cap_value_t = 0
        while cap_get_bound(number) >= 0 {
            if cap_get_bound(number) == 1, cap_drop_bound(number) != 0 {
                guard errno == EPERM else { throw SystemError(call: "cap_drop_bound", subject: "\(number)") }
                return
            }
            number += 1
        }
    }

    /// Empties the effective, permitted and inheritable sets of this thread.
    static func emptyAll() throws(SystemError) {
        guard let nothing = cap_init() else { throw SystemError(call: "cap_init") }
        defer { cap_free(UnsafeMutableRawPointer(nothing)) }
        if cap_set_proc(nothing) != 0 { throw SystemError(call: "cap_set_proc") }
    }
}
