import CSeccomp
import Glibc

/// What becomes of a system call that is on no list.
package enum UnlistedCalls: String, Sendable, CaseIterable {
    /// The process ends, with a sentence that names the call.
    case end
    /// The call fails with EPERM. That is for a host whose kernel or C library makes a call that nobody has seen yet: a
    /// process that ends there at each start serves nobody. What a process may do is the same.
    case refuse

    /// The variable of the environment that has one of these names.
    package static let variable = PILOTFISH_UNLISTED_CALLS

    /// The variable has a value that means nothing.
    package struct Unknown: Error, Equatable, CustomStringConvertible {
        let value: String

        package var description: String {
            "\(UnlistedCalls.variable)=\(value) in the environment means nothing: write \"\(UnlistedCalls.refuse.rawValue)\", by "
                + "which a system call that is on no list fails instead of ending the process, or take the variable away"
        }
    }

    /// What the environment says; `end` where it says nothing.
    ///
    /// - Throws: `Unknown`
    package static func chosen() throws(Unknown) -> UnlistedCalls {
        try read(getenv(variable).map { String(cString: $0) })
    }

    static func read(_ value: String?) throws(Unknown) -> UnlistedCalls {
        guard let value else { return .end }
        guard let chosen = UnlistedCalls(rawValue: value) else { throw Unknown(value: value) }
        return chosen
    }

    /// What the operator should hear of it at the start; nil where all is as usual.
    package var remark: String? {
        switch self {
        case .end: nil
        case .refuse:
            "\(Self.variable)=\(rawValue): a system call that is on no list fails instead of ending the process; report the "
                + "call that made that necessary, and take the variable away when a release has it on its list"
        }
    }

    /// What the kernel does with such a call.
    var action: UInt32 {
        switch self {
        case .end: pilotfish_seccomp_trap
        case .refuse: pilotfish_seccomp_refuse(EPERM)
        }
    }
}
