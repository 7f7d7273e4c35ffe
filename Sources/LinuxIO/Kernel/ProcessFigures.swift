import Glibc

/// What this process takes of the host.
package struct ProcessFigures: Equatable, Sendable {
    /// Octets of memory that are its own or shared, in RAM.
    package let residentOctets: Int64
    package let openDescriptors: Int
    /// How many it may have.
    package let mostDescriptors: Int

    package init(residentOctets: Int64, openDescriptors: Int, mostDescriptors: Int) {
        self.residentOctets = residentOctets
        self.openDescriptors = openDescriptors
        self.mostDescriptors = mostDescriptors
    }

    /// Our own; what the kernel does not say is 0.
    package static var own: ProcessFigures {
        ProcessFigures(
            residentOctets: residentPages * Int64(sysconf(Int32(_SC_PAGESIZE))), openDescriptors: descriptors,
            mostDescriptors: descriptorLimit)
    }

    /// The second number of /proc/self/statm (proc(5)).
    private static var residentPages: Int64 {
        guard let file = fopen("/proc/self/statm", "re") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? Int64(numbers[1]) ?? 0 : 0
    }

    private static var descriptors: Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            if entry.pointee.d_name.0 != 0x2E { count += 1 }
        }
        // The directory itself was open while it was read.
        return max(count - 1, 0)
    }

    private static var descriptorLimit: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        return Int(clamping: limit.rlim_cur)
    }
}
