import Testing

/// The map of the house (README.md) said again: the storey of every room, and what it may import.
///
/// A room that is split, merged or moved changes the picture in the README, Package.swift and this table in one commit.
@Suite("the map of the house")
struct MapTests {
    private struct Room {
        let storey: Int
        /// Rooms beneath, in full.
        let rooms: Set<String>
        /// Modules that are not ours.
        let modules: Set<String>

        init(_ storey: Int, _ rooms: Set<String> = [], modules: Set<String> = []) {
            self.storey = storey
            self.rooms = rooms
            self.modules = modules
        }
    }

    private static let nio: Set = ["NIOCore", "NIOPosix", "NIOHTTP1"]

    private static let map: [String: Room] = [
        "CLinuxNet": Room(0),
        "CLibcap": Room(0),
        "CSeccomp": Room(0),
        "CCrypt": Room(0),
        "CCurl": Room(0),
        "Wire": Room(1),
        "BootPolicy": Room(2, ["Wire"]),
        "Transfers": Room(2, ["Wire"]),
        "Fleet": Room(2, ["Wire"]),
        "Sessions": Room(3, ["Wire", "BootPolicy"]),
        "Media": Room(2),
        "Passwords": Room(2, ["CCrypt"]),
        "Templates": Room(2, modules: ["Mustache"]),
        "LinuxIO": Room(2, ["Wire", "CLinuxNet"], modules: ["Glibc", "Synchronization"]),
        "Settings": Room(3, ["Wire", "BootPolicy", "Fleet"], modules: ["TOMLKit"]),
        // Foundation comes with GRDB; it is used for JSON.
        "Inventory": Room(3, ["Wire", "BootPolicy", "Fleet"], modules: ["GRDB", "Foundation"]),
        "Confinement": Room(3, ["LinuxIO", "CLibcap", "CSeccomp"], modules: ["Glibc"]),
        "Assets": Room(
            3, ["Wire", "BootPolicy", "Fleet", "LinuxIO", "Media", "Templates"], modules: ["Synchronization"]),
        "Exchange": Room(3, ["Wire", "BootPolicy"], modules: ["Synchronization"]),
        "Fetching": Room(3, ["Wire", "LinuxIO", "CCurl"], modules: ["Glibc", "Synchronization"]),
        "Hooks": Room(3, ["Wire", "LinuxIO"], modules: ["Glibc"]),
        "DHCPEngine": Room(4, ["Wire", "BootPolicy", "LinuxIO", "Exchange"]),
        "TFTPEngine": Room(4, ["Wire", "BootPolicy", "Transfers", "LinuxIO", "Assets", "Exchange"]),
        "Mirroring": Room(
            4, ["Wire", "BootPolicy", "LinuxIO", "Assets", "Exchange", "Fetching"], modules: ["Synchronization"]),
        "TFTPClients": Room(4, ["Wire", "Transfers", "LinuxIO"], modules: ["Glibc"]),
        "Simulation": Room(4, ["Wire", "BootPolicy", "Transfers", "LinuxIO", "Assets"]),
        "Doctor": Room(4, ["Wire", "BootPolicy", "LinuxIO", "Settings", "Assets"], modules: ["Glibc"]),
        "HTTPEngine": Room(
            4, ["Wire", "BootPolicy", "LinuxIO", "Assets", "Exchange"], modules: nio.union(["Synchronization"])),
        "ControlPlane": Room(
            5,
            [
                "Wire", "BootPolicy", "Fleet", "LinuxIO", "Media", "Templates", "Passwords", "Settings", "Inventory",
                "Assets", "Exchange", "Fetching", "Hooks", "Sessions", "Simulation",
            ],
            modules: ["Glibc", "Logging", "Foundation", "Synchronization"]),
        // A process of its own, which knows of the service what the control socket says.
        "Console": Room(
            5, ["Wire", "LinuxIO"],
            modules: nio.union([
                "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "NIOSSL", "Logging", "Foundation",
                "Synchronization",
            ])),
        "pilotfish": Room(
            6,
            [
                "Wire", "BootPolicy", "Fleet", "Transfers", "LinuxIO", "Settings", "Inventory", "Confinement",
                "Assets", "Exchange", "DHCPEngine", "TFTPEngine", "TFTPClients", "Simulation", "HTTPEngine",
                "ControlPlane", "Media", "Fetching", "Hooks", "Mirroring", "Sessions", "Doctor", "Console",
            ], modules: ["ArgumentParser", "Glibc"]),
    ]

    @Test("every room stands on the map, and every place on the map is a room")
    func rooms() {
        #expect(SourceFile.rooms == Set(Self.map.keys))
        #expect(SourceFile.all.count > 50)
    }

    @Test("arrows point down only")
    func down() {
        for (name, room) in Self.map {
            for other in room.rooms {
                let storey = Self.map[other]?.storey
                #expect(storey.map { $0 < room.storey } == true, "\(name) → \(other)")
            }
        }
    }

    @Test("a file imports what its room may, and nothing else", arguments: SourceFile.all)
    func imports(file: SourceFile) throws {
        let room = try #require(Self.map[file.room])
        #expect(file.imports.subtracting(room.rooms).subtracting(room.modules) == [])
    }

    @Test("the pure rooms have no kernel, no clock and no locks")
    func pure() {
        for file in SourceFile.all where ["Wire", "BootPolicy", "Transfers", "Media", "Sessions"].contains(file.room) {
            #expect(file.imports.subtracting(["Wire", "BootPolicy"]) == [], "\(file)")
        }
    }

    @Test("Foundation comes in nowhere beneath storey 5, except with a library that brings it")
    func foundation() {
        let users = SourceFile.all.filter { file in
            file.imports.contains { $0.hasPrefix("Foundation") } && (Self.map[file.room]?.storey ?? 0) < 5
        }
        #expect(Set(users.map(\.room)).isSubset(of: ["Inventory"]))
    }

    @Test("no engine knows the inventory, no lower room an engine")
    func engines() {
        for file in SourceFile.all where ["DHCPEngine", "TFTPEngine", "HTTPEngine"].contains(file.room) {
            #expect(file.imports.isDisjoint(with: ["Inventory", "Settings", "ControlPlane", "GRDB"]), "\(file)")
        }
    }
}
