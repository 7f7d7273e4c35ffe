import Glibc
import LinuxIO

/// The rest of the host: clock, memory, limits, kernel.
package struct HostFacts: Equatable, Sendable {
    /// Seconds since 1970.
    package var time: Int
    /// When the youngest file was changed of those that no clock of the future can have made.
    package var newestFile: Int?
    /// Whether something keeps the clock right; nil for not known.
    package var isSynchronized: Bool?
    /// Octets.
    package var freeMemory: Int?
    /// Files that the service may have open; nil when it does not run.
    package var descriptors: Int?
    /// What the kernel has: nil for not known.
    package var hasLandlock: Bool?
    package var hasSeccomp: Bool?
    package var kernel = ""

    package init(time: Int) {
        self.time = time
    }

    /// - Parameters:
    ///   - service: the process of the service, if it runs.
    ///   - files: paths of files that were made on this host.
    package static func collect(service: Int?, files: [String]) -> HostFacts {
        var facts = HostFacts(time: Int(Clock.wallMilliseconds / 1000))
        facts.newestFile = (files + ["/proc/self/exe"]).compactMap(changed).max()
        facts.isSynchronized = synchronized
        facts.freeMemory = HostText.read("/proc/meminfo").flatMap { HostText.field("MemAvailable", in: $0) }.map {
            $0 * 1024
        }
        facts.descriptors = service.flatMap { HostText.read("/proc/\($0)/limits") }.flatMap(descriptors(limits:))
        facts.hasLandlock = HostText.read("/sys/kernel/security/lsm").map { $0.contains("landlock") }
        facts.hasSeccomp = HostText.exists("/proc/sys/kernel/seccomp/actions_avail")
        facts.kernel = HostText.read("/proc/sys/kernel/osrelease")?.filter { !$0.isNewline } ?? ""
        return facts
    }

    private static func changed(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_mtim.tv_sec) : nil
    }

    /// The kernel knows whether somebody corrects its clock, and systemd tells what it says.
    private static var synchronized: Bool? {
        guard
            case .said(let octets) = HostProgram.run("timedatectl", ["show", "--property=NTPSynchronized", "--value"])
        else { return nil }
        switch String(decoding: octets, as: UTF8.self).filter({ !$0.isWhitespace }) {
        case "yes": return true
        case "no": return false
        default: return nil
        }
    }

    /// The soft limit in a text of /proc/PID/limits.
    package static func descriptors(limits: String) -> Int? {
        for line in limits.split(separator: "\n") where line.hasPrefix("Max open files") {
            return Int(line.dropFirst("Max open files".count).split(whereSeparator: \.isWhitespace).first ?? "")
        }
        return nil
    }

    /// 2024-01-01T00:00:00Z: before that there was no Pilotfish.
    private static let earliest = 1_704_067_200
    private static let day = 86_400

    package var findings: [Finding] {
        [clockFinding, memoryFinding, descriptorFinding].compactMap(\.self) + kernelFindings
    }

    private var clockFinding: Finding? {
        let command = "timedatectl set-ntp true   # or: date -s …"
        if time < Self.earliest {
            return Finding(.clockWrong, "the clock says a time before 2024", command: command)
        }
        if let newestFile, newestFile > time + Self.day {
            return Finding(
                .clockWrong,
                "the clock is \((newestFile - time) / Self.day) days behind the youngest file of this host",
                command: command)
        }
        guard isSynchronized == false else { return nil }
        return Finding(.clockFree, "no time service keeps the clock right", command: command)
    }

    private var memoryFinding: Finding? {
        guard let freeMemory, freeMemory < 256 << 20 else { return nil }
        return Finding(
            .memoryLow, "\(freeMemory >> 20) MiB of memory are free", command: "ps -eo rss,comm --sort -rss | head")
    }

    private var descriptorFinding: Finding? {
        guard let descriptors, descriptors < 16_384 else { return nil }
        return Finding(
            .fewDescriptors, "the service may have \(descriptors) files open",
            command: "systemctl edit pilotfish   # [Service] LimitNOFILE=65536")
    }

    private var kernelFindings: [Finding] {
        var found: [Finding] = []
        if hasLandlock == false {
            found.append(
                Finding(
                    .kernelLacks,
                    "the kernel \(kernel) has no Landlock: the service is confined by its user and by seccomp alone"))
        }
        if hasSeccomp == false {
            found.append(Finding(.kernelLacks, "the kernel \(kernel) has no seccomp: system calls are not filtered"))
        }
        let version = kernel.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
        if version.count == 2, (version[0], version[1]) < (5, 6) {
            found.append(
                Finding(
                    .kernelLacks,
                    "the kernel \(kernel) is older than 5.6, which the service needs for opening files safely",
                    severity: .error))
        }
        return found
    }
}
