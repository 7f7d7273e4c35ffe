import Testing
import Wire

@testable import Simulation

@Suite("a machine, from its first DISCOVER to its own disk")
struct MachineTests {
    private static let install = ["/install/t1/vmlinuz", "/install/t1/initrd.gz", "/install/t1/begin/1"]

    @Test("firmware, loader, iPXE, install, done, and the disk", arguments: MachineHabits.Platform.allCases)
    func whole(platform: MachineHabits.Platform) {
        let appliance = Appliance()
        var world = World({ $0.platform = platform }, serve: appliance.serve)
        world.run()
        let isBIOS = platform == .bios
        let firmware =
            isBIOS
            ? ["bios discover", "bios request", "tftp undionly.kpxe"]
            : ["uefi-x64 discover", "uefi-x64 request", "4011", "tftp snponly.efi"]
        let ipxe = isBIOS ? ["ipxe-bios discover", "ipxe-bios request"] : ["ipxe-uefi discover", "ipxe-uefi request"]
        let boot = firmware + ipxe + ["/boot.ipxe"]
        #expect(world.seen == boot + Self.install + ["/install/t1/done"] + boot)
        let record = world.machine.record
        #expect(record.outcome == .installed)
        #expect(record.boots == 1 && record.done == 1 && record.begun == ["/install/t1/begin/1"])
        #expect(!record.isDouble)
        #expect(record.octets > 12_000)
        #expect(Set(record.stages.map(\.stage)) == Set(MachineStage.allCases).subtracting([.held]))
    }

    @Test("without an install a kernel is simply booted")
    func booted() {
        let script = "#!ipxe\nkernel http://10.0.0.2/vmlinuz || exit 1\nboot"
        var world = World { $0 == "/boot.ipxe" ? (200, script) : (200, nil) }
        world.run()
        #expect(world.machine.record.outcome == .booted)
        #expect(world.machine.record.boots == 0)
    }

    @Test("a machine that has to wait asks again, and its waiting is counted")
    func held() {
        let appliance = Appliance()
        appliance.waits = 3
        var world = World(serve: appliance.serve)
        world.run()
        #expect(world.machine.record.outcome == .installed)
        #expect(world.machine.record.held == .seconds(15))
        appliance.waits = .max
        var endless = World { _ in (200, "#!ipxe\nsleep 5\nchain --replace http://10.0.0.2/boot.ipxe") }
        endless.run(seconds: 32)
        endless.stop()
        #expect(endless.machine.record.outcome == .held)
    }

    @Test("who may not begin does not boot, and asks again")
    func refused() {
        let appliance = Appliance()
        appliance.refusals = 2
        var world = World(serve: appliance.serve)
        world.run()
        #expect(world.machine.record.outcome == .installed)
        #expect(world.machine.record.boots == 1)
        #expect(world.seen.filter { $0.hasPrefix("/install/t1/begin/") }.count == 3)
    }

    @Test("DISCOVERs are repeated after 4, 8, 16 and 32 seconds, and then it is over")
    func repeated() {
        var world = World { _ in (404, nil) }
        world.deafness = 2
        let start = world.now
        world.run()
        #expect(world.seen.prefix(4) == ["bios discover", "bios discover", "bios discover", "bios request"])
        #expect(world.now - start > .seconds(10))
        #expect(world.machine.record.outcome == .failed("script: HTTP 404"))
        var deaf = World { _ in (404, nil) }
        deaf.deafness = .max
        deaf.run()
        #expect(deaf.seen.count == 4)
        #expect(abs((deaf.now - start).seconds - 60) < 4)
        #expect(deaf.machine.record.outcome == .failed("nobody answered DHCP"))
    }

    @Test(
        "who is offered nothing after its install takes its disk, and before it that is a failure", arguments: [0, 1])
    func silence(installs: Int) {
        let appliance = Appliance()
        var world = World(serve: appliance.serve)
        world.run(seconds: installs == 0 ? 0 : 4)
        world.offersBoot = false
        world.run()
        #expect(world.machine.record.done == installs)
        #expect(world.machine.record.outcome == (installs == 1 ? .installed : .failed("nobody offered a boot")))
    }

    @Test("a NAK begins the round anew")
    func refusedLease() {
        var world = World { _ in (404, nil) }
        world.refusals = 1
        world.run()
        let round = ["bios discover", "bios request"]
        #expect(Array(world.seen.prefix(5)) == round + round + ["tftp undionly.kpxe"])
    }

    @Test("a loader that does not come, and a boot that is no script, are failures with a reason")
    func failures() {
        var world = World { _ in (200, nil) }
        world.loaderFailure = "TFTP ERROR 1"
        world.run()
        #expect(world.machine.record.outcome == .failed("loader: TFTP ERROR 1"))
        var other = World { _ in (200, nil) }
        other.run()
        #expect(other.machine.record.outcome == .failed("script: no iPXE script"))
    }

    @Test("what is said twice is done once", arguments: 1...20)
    func duplicates(seed: UInt64) {
        let appliance = Appliance()
        var world = World({ $0.duplicates = 0.5 }, seed: seed, serve: appliance.serve)
        world.run()
        #expect(appliance.begins <= 1)
        #expect(world.machine.record.boots <= 1)
        #expect(world.machine.record.outcome == .installed || appliance.begins == 0)
    }

    @Test("however often power fails: one begin, at most one install, and an end", arguments: 1...60)
    func powerLoss(seed: UInt64) {
        let appliance = Appliance()
        var world = World({ $0.powerLoss = 0.8 }, seed: seed, serve: appliance.serve)
        world.run()
        let record = world.machine.record
        #expect(record.outcome == .installed || record.outcome == .localDisk)
        #expect(appliance.begins == 1)
        #expect(record.boots <= 1 && record.done == appliance.dones)
        #expect(!record.isDouble)
    }

    @Test("the same seed loses power at the same moments, and all moments come")
    func seeds() {
        func play(_ seed: UInt64) -> [String] {
            let appliance = Appliance()
            var world = World({ $0.powerLoss = 0.5 }, seed: seed, serve: appliance.serve)
            world.run()
            return world.seen
        }
        #expect((1...10).allSatisfy { play($0) == play($0) })
        #expect(Set((1...60).map(play)).count > 6)
    }

    @Test("a machine that installs twice is told apart")
    func double() {
        // An appliance that forgets what it has begun.
        let script = """
            #!ipxe
            kernel http://10.0.0.2/install/t1/k || exit 1
            chain http://10.0.0.2/install/t1/begin/1 || exit 1
            boot
            """
        var world = World { path in
            (200, path == "/boot.ipxe" ? script : path.contains("/begin/") ? "#!ipxe\nexit 0" : nil)
        }
        world.run(seconds: 60)
        #expect(world.machine.record.boots > 1)
        #expect(world.machine.record.isDouble)
    }
}
