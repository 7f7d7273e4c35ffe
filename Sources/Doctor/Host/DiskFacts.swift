import Glibc

/// The file system that the state lies on.
package struct DiskFacts: Equatable, Sendable {
    package var path: String
    /// Octets, and files: all, and what users other than root may have.
    package var total: Int64
    package var free: Int64
    package var allFiles: Int64 = 0
    package var freeFiles: Int64 = 0
    package var mount: Mount?

    package struct Mount: Equatable, Sendable {
        package var type: String
        package var isReadOnly: Bool

        package init(type: String, isReadOnly: Bool) {
            self.type = type
            self.isReadOnly = isReadOnly
        }

        /// The mount that a path lies on, in a text of /proc/mounts: the last of the longest that are above it.
        package static func of(_ path: String, in text: String) -> Mount? {
            var best: (point: String, mount: Mount)?
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count >= 4 else { continue }
                // Spaces are written as octal numbers (getmntent(3)); other characters that are do not matter here.
                let point = words[1].split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " ")
                let isAbove = point == "/" || path == point || path.hasPrefix(point + "/")
                guard isAbove, point.utf8.count >= best?.point.utf8.count ?? 0 else { continue }
                let options = words[3].split(separator: ",")
                best = (point, Mount(type: String(words[2]), isReadOnly: options.contains("ro")))
            }
            return best?.mount
        }
    }

    package init(path: String, total: Int64, free: Int64) {
        self.path = path
        self.total = total
        self.free = free
    }

    /// - Returns: nil when nothing can be told of it. A directory that is not there yet will lie where the one above does.
    package static func collect(_ path: String) -> DiskFacts? {
        var here = path
        var status = statvfs()
        while statvfs(here, &status) != 0 {
            guard let slash = here.lastIndex(of: "/"), here.count > 1 else { return nil }
            here = slash == here.startIndex ? "/" : String(here[..<slash])
        }
        let size = Int64(clamping: status.f_frsize)
        var facts = DiskFacts(
            path: path, total: octets(Int64(clamping: status.f_blocks), size),
            free: octets(Int64(clamping: status.f_bavail), size))
        facts.allFiles = Int64(clamping: status.f_files)
        facts.freeFiles = Int64(clamping: status.f_favail)
        facts.mount = HostText.read("/proc/self/mounts").flatMap { Mount.of(here, in: $0) }
        return facts
    }

    /// As many as a number holds: a file system may say anything.
    private static func octets(_ blocks: Int64, _ size: Int64) -> Int64 {
        let (octets, isOver) = blocks.multipliedReportingOverflow(by: size)
        return isOver ? .max : octets
    }

    private static let mebibyte: Int64 = 1 << 20

    package var findings: [Finding] {
        var found: [Finding] = []
        if mount?.isReadOnly == true {
            found.append(
                Finding(
                    .diskReadOnly, "\(path) lies on a file system that is read-only",
                    command: "mount -o remount,rw $(df --output=target \(path) | tail -n 1)"))
        }
        if let space { found.append(space) }
        if let mount, ["tmpfs", "ramfs", "overlay"].contains(mount.type) {
            found.append(
                Finding(
                    .diskForgets, "\(path) lies on \(mount.type), which a restart of the host or container may empty",
                    command: "set state to a directory on a disk"))
        }
        return found
    }

    private var space: Finding? {
        let free = "\(self.free / Self.mebibyte) MiB of \(total / Self.mebibyte) are free"
        let command = "du -xsh \(path)/*   # mirrors can be cleared"
        if allFiles > 0, freeFiles < 64 {
            return Finding(
                .diskFull, "\(path): no more files can be made (\(freeFiles) of \(allFiles) are left)", command: command
            )
        }
        if self.free < 64 * Self.mebibyte { return Finding(.diskFull, "\(path): \(free)", command: command) }
        guard self.free < 1024 * Self.mebibyte || self.free < total / 20 else { return nil }
        return Finding(.diskLow, "\(path): \(free)", command: command)
    }
}
