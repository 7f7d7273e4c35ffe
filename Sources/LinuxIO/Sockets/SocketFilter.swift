import CLinuxNet
import Glibc

/// A classic BPF program that decides in the kernel which packets a socket gets (bpf(4), socket(7)).
struct SocketFilter {
    private let program: [sock_filter]

    /// Lets nothing through.
    static let nothing = SocketFilter(program: [statement(BPF_RET | BPF_K, 0)])

    /// For a packet socket that starts at the IPv4 header: whole UDP datagrams to port 67 (clients and relays) and 68
    /// (what DHCP servers answer, to be watched).
    static let dhcp = datagrams(to: 67, or: 68)

    /// The same for what clients ask of TFTP's port 69 and of the PXE boot service, 4011: first requests only, for transfers go on
    /// at other ports.
    static let requests = datagrams(to: 69, or: 4011)

    private static func datagrams(to port: UInt32, or other: UInt32) -> SocketFilter {
        SocketFilter(program: [
            statement(BPF_LD | BPF_B | BPF_ABS, 9),  // protocol
            jump(BPF_JMP | BPF_JEQ | BPF_K, UInt32(IPPROTO_UDP), no: 7),
            statement(BPF_LD | BPF_H | BPF_ABS, 6),  // flags and fragment offset
            jump(BPF_JMP | BPF_JSET | BPF_K, 0x3FFF, yes: 5),
            statement(BPF_LDX | BPF_B | BPF_MSH, 0),  // X = length of the IPv4 header
            statement(BPF_LD | BPF_H | BPF_IND, 2),  // destination port
            jump(BPF_JMP | BPF_JEQ | BPF_K, port, yes: 1),
            jump(BPF_JMP | BPF_JEQ | BPF_K, other, no: 1),
            statement(BPF_RET | BPF_K, 0xFFFF),
            statement(BPF_RET | BPF_K, 0),
        ])
    }

    /// - Throws: `SystemError` when the kernel refuses the program.
    func attach(to socket: Int32) throws(SystemError) {
        var instructions = program
        let result = instructions.withUnsafeMutableBufferPointer { buffer in
            var code = sock_fprog(len: UInt16(buffer.count), filter: buffer.baseAddress)
            return setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &code, socklen_t(MemoryLayout<sock_fprog>.size))
        }
        guard result == 0 else { throw SystemError(call: "setsockopt", subject: "SO_ATTACH_FILTER") }
    }

    /// Lets a socket have everything again; one without a filter has it already.
    static func detach(from socket: Int32) {
        var unused: Int32 = 0
        setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func statement(_ code: Int32, _ value: UInt32) -> sock_filter {
        sock_filter(code: UInt16(code), jt: 0, jf: 0, k: value)
    }

    private static func jump(_ code: Int32, _ value: UInt32, yes: UInt8 = 0, no: UInt8 = 0) -> sock_filter {
        sock_filter(code: UInt16(code), jt: yes, jf: no, k: value)
    }
}
