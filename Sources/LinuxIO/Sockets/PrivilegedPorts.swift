import Glibc

/// The ports that only CAP_NET_BIND_SERVICE may bind.
package enum PrivilegedPorts {
    /// The first port that anybody may bind: 1024, unless the administrator chose otherwise (ip_unprivileged_port_start).
    package static var end: Int {
        guard let file = fopen("/proc/sys/net/ipv4/ip_unprivileged_port_start", "r") else { return 1024 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 32)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 1024 }
        return Int(atoi(buffer))
    }
}
