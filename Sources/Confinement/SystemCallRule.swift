import CSeccomp
import Glibc
import LinuxIO

/// What a list says of one system call.
struct SystemCallRule {
    enum Answer: Equatable {
        case allowed
        /// An error instead of the end of the process: for what libraries merely try.
        case refused(Int32)
    }

    let name: String
    var answer = Answer.allowed
    /// What has to be true of the arguments, all of it; a call that fits no rule of its name is on no list.
    var conditions: [Condition] = []

    /// Something about an argument, counted from 0.
    struct Condition {
        let argument: UInt32
        let comparison: scmp_compare
        let first: UInt64
        var second: UInt64 = 0

        static func equal(_ argument: UInt32, _ value: some BinaryInteger) -> Self {
            Self(argument: argument, comparison: SCMP_CMP_EQ, first: UInt64(truncatingIfNeeded: value))
        }

        static func notEqual(_ argument: UInt32, _ value: some BinaryInteger) -> Self {
            Self(argument: argument, comparison: SCMP_CMP_NE, first: UInt64(truncatingIfNeeded: value))
        }

        /// Of the bits in `mask` exactly those of `bits` are set.
        static func masked(_ argument: UInt32, _ mask: some BinaryInteger, _ bits: some BinaryInteger) -> Self {
            Self(
                argument: argument, comparison: SCMP_CMP_MASKED_EQ, first: UInt64(truncatingIfNeeded: mask),
                second: UInt64(truncatingIfNeeded: bits))
        }
    }

    static func allow(_ names: String, if conditions: Condition...) -> [Self] {
        names.split(whereSeparator: \.isWhitespace).map { Self(name: String($0), conditions: conditions) }
    }

    static func refuse(_ names: String, _ error: Int32 = EPERM, if conditions: Condition...) -> [Self] {
        names.split(whereSeparator: \.isWhitespace).map {
            Self(name: String($0), answer: .refused(error), conditions: conditions)
        }
    }

    /// - Parameter usual: what becomes of a call that fits no rule.
    /// - Throws: `SystemError` when the filter cannot hold it.
    func add(to filter: scmp_filter_ctx, otherwise usual: UInt32) throws(SystemError) {
        let number = seccomp_syscall_resolve_name(name)
        // Not every architecture has every call, nor does every libseccomp know the youngest.
        guard number != __NR_SCMP_ERROR else { return }
        let action =
            switch answer {
            case .allowed: pilotfish_seccomp_allow
            case .refused(let error): pilotfish_seccomp_refuse(error)
            }
        // What happens anyway is no rule (EACCES of seccomp_rule_add(3)).
        guard action != usual else { return }
        let compared = conditions.map {
            scmp_arg_cmp(arg: $0.argument, op: $0.comparison, datum_a: $0.first, datum_b: $0.second)
        }
        let result = seccomp_rule_add_array(filter, action, number, UInt32(compared.count), compared)
        guard result == 0 else { throw SystemError(-result, call: "seccomp_rule_add", subject: name) }
    }
}
