import Wire

/// The directories of single machines: which names a machine has, and which files they make of a path.
enum MachineDirectories {
    /// Beneath it lies a directory for each machine that has one.
    static let top = "machines"
    /// Raspberry Pis without a directory of their own share this one.
    static let raspberryPi = "raspberry-pi"

    /// A machine's own files for a path, best first: by the hardware address that was heard with its lease, by the name
    /// it goes by in the path, by its address.
    static func paths(for path: RequestPath, of requester: Requester) -> [RequestPath] {
        let parts = path.parts
        // Who names the directory gets what is there, and nothing is looked for twice as deep.
        guard parts.first != top else { return [] }
        let named = selfNamed(path)
        var names = [requester.hardware?.dashed, named?.name.lowercased()].compactMap(\.self)
        if !requester.address.isAny { names.append("\(requester.address.withoutZone)") }
        var found: [RequestPath] = []
        for name in names {
            let own = (named?.rest ?? path).inside([top, name])
            if !found.contains(own) { found.append(own) }
        }
        return found
    }

    /// The path among the files that all Raspberry Pis share, if its first part names one of them.
    static func raspberryPi(_ path: RequestPath) -> RequestPath? {
        selfNamed(path).map { $0.rest.inside([raspberryPi]) }
    }

    /// Raspberry Pis ask for everything in a directory of their serial number or hardware address: that name, and the
    /// rest of the path.
    private static func selfNamed(_ path: RequestPath) -> (name: String, rest: RequestPath)? {
        guard let first = path.parts.first, first.isSerialNumber || first.isDashedAddress, let rest = path.withoutFirst
        else { return nil }
        return (first, rest)
    }
}

extension String {
    fileprivate var isSerialNumber: Bool { utf8.count == 8 && utf8.allSatisfy(\.isHexadecimal) }

    /// `dc-a6-32-01-02-03`.
    fileprivate var isDashedAddress: Bool {
        let octets = split(separator: "-", omittingEmptySubsequences: false)
        return octets.count == 6 && octets.allSatisfy { $0.utf8.count == 2 && $0.utf8.allSatisfy(\.isHexadecimal) }
    }
}

extension UInt8 {
    fileprivate var isHexadecimal: Bool {
        (0x30...0x39).contains(self) || (0x41...0x46).contains(self) || (0x61...0x66).contains(self)
    }
}
