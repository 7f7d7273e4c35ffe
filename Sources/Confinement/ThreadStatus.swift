import Glibc
import LinuxIO

/// What the kernel says of one thread (proc_pid_status(5)), and nobody else is believed.
enum ThreadStatus {
    /// What a confined thread must not have, or lacks: the line that says so; nil when all is as it must be, and for a thread that is
    /// gone, which can do no harm.
    ///
    /// - Parameters:
    ///   - path: of the thread's status.
    ///   - user: who the process must be; nil when it never was root. Then the bounding set cannot be emptied, and holds
    ///     nothing that this process could still gain.
    static func fault(_ path: String, as user: UInt32?) throws(SystemError) -> String? {
        guard let status = fopen(path, "re") else {
            let error = SystemError(call: "open", subject: path)
            if error.isMissing { return nil }
            throw error
        }
        defer { fclose(status) }
        let all: Set<Substring> = ["CapInh", "CapPrm", "CapEff", "CapAmb", "CapBnd", "Uid", "NoNewPrivs", "Seccomp"]
        var wanted = all
        var buffer = [CChar](repeating: 0, count: 1024)
        while fgets(&buffer, Int32(buffer.count), status) != nil {
            let line = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            let parts = line.split { $0 == ":" || $0 == "\t" || $0 == "\n" }
            guard parts.count >= 2, wanted.remove(parts[0]) != nil else { continue }
            if !isRight(parts, user) { return parts.joined(separator: " ") }
        }
        // It ended after its file was opened (ESRCH).
        if wanted == all, ferror(status) != 0 { return nil }
        return wanted.isEmpty ? nil : "nothing about \(wanted.sorted().joined(separator: ", "))"
    }

    private static func isRight(_ parts: [Substring], _ user: UInt32?) -> Bool {
        switch parts[0] {
        case "CapBnd": user == nil || parts[1].allSatisfy { $0 == "0" }
        case "Uid": parts.dropFirst().allSatisfy { $0 != "0" && (user == nil || $0 == "\(user ?? 0)") }
        case "NoNewPrivs": parts[1] == "1"
        case "Seccomp": parts[1] == "2"
        default: parts[1].allSatisfy { $0 == "0" }
        }
    }

    /// The threads of this process, by their numbers.
    static func all() throws(SystemError) -> [String] {
        let path = "/proc/self/task"
        guard let directory = opendir(path) else { throw SystemError(call: "open", subject: path) }
        defer { closedir(directory) }
        var numbers: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if !name.hasPrefix(".") { numbers.append(name) }
        }
        return numbers
    }
}
