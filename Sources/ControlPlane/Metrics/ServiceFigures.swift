import BootPolicy
import Exchange
import Fleet
import Inventory
import LinuxIO
package import Sessions

/// How the service is at one moment.
struct ServiceFigures {
    struct Directory {
        /// What it is for: a word, not its path.
        var name: String
        var room: FileSystemRoom
    }

    var version: String
    /// Seconds since 1970.
    var started: Double
    var mode: ServiceMode
    var generation: Int
    var process: ProcessFigures
    var processorSeconds: Double
    /// Nil where an engine did not answer.
    var underWay: (tftp: Int, http: Int)?
    var hosts: Int
    /// Nil where the inventory cannot be read.
    var inventory: InventoryFigures?
    var isReadOnly = false
    var directories: [Directory] = []
    var lostLines = 0
    var sessions: SessionFigures?
    var flight = FlightUsage()
}

/// What whoever follows the boots of machines counts.
package struct SessionFigures: Sendable {
    /// Machines in each state.
    package var machines: [(state: String, count: Int)]
    /// How long each stage of boots took, in seconds.
    package var stages: [(stage: String, times: Histogram)]

    package init(machines: [(state: String, count: Int)], stages: [(stage: String, times: Histogram)]) {
        self.machines = machines
        self.stages = stages
    }
}

extension ServiceFigures {
    var families: [MetricFamily] { service + machines + flights + standard }

    private var flights: [MetricFamily] {
        [
            MetricFamily(
                .gauge, "pilotfish_flight_packets", "Packets and events of machines that the flight recorder keeps.",
                Double(flight.records)),
            MetricFamily(
                .gauge, "pilotfish_flight_octets", "Memory that they take, of history.packets.", Double(flight.used)),
            MetricFamily(
                .counter, "pilotfish_flight_forgotten_total", "Machines whose packets made room for those of others.",
                Double(flight.forgotten)),
            MetricFamily(
                .counter, "pilotfish_flight_left_out_total",
                "Packets of machines not heard of before that came too many at once to be kept.", Double(flight.leftOut)
            ),
        ]
    }

    private var service: [MetricFamily] {
        let modes = ServiceMode.allCases.map { (value: $0.rawValue, count: $0 == mode ? 1 : 0) }
        let build = MetricSample(.number(1), [("version", version)])
        var families = [
            MetricFamily(.gauge, "pilotfish_build_info", "The version that runs.", [build]),
            MetricFamily(.gauge, "pilotfish_mode", "1 for the mode in force, 0 for all others.", by: "mode", modes),
            MetricFamily(
                .gauge, "pilotfish_settings_generation", "How often what is served has changed since the start.",
                Double(generation)),
            MetricFamily(
                .counter, "pilotfish_log_lines_lost_total", "Lines of the log that the journal did not take in time.",
                Double(lostLines)),
        ]
        if let underWay {
            families.append(
                MetricFamily(
                    .gauge, "pilotfish_transfers", "Files that are being sent, by protocol.", by: "protocol",
                    [("tftp", underWay.tftp), ("http", underWay.http)]))
        }
        func room(_ name: String, _ help: String, _ octets: (FileSystemRoom) -> Int64) -> MetricFamily {
            let samples = directories.map { MetricSample(.number(Double(octets($0.room))), [("directory", $0.name)]) }
            return MetricFamily(.gauge, name, help, samples)
        }
        return families + [
            room("pilotfish_filesystem_free_bytes", "Room on the disks that hold our directories.", \.free),
            room("pilotfish_filesystem_size_bytes", "Size of those disks.", \.total),
        ]
    }

    private var machines: [MetricFamily] {
        let families = [
            MetricFamily(.gauge, "pilotfish_hosts", "Machines that the operator named.", Double(hosts)),
            MetricFamily(
                .gauge, "pilotfish_machines", "Machines whose boots are kept in memory, by how the last one stands.",
                by: "state", (sessions?.machines ?? []).map { (value: $0.state, count: $0.count) }),
            MetricFamily(
                .histogram, "pilotfish_boot_stage_duration_seconds", "How long the stages of boots took.",
                (sessions?.stages ?? []).map { MetricSample(.histogram($0.times), [("stage", $0.stage)]) }),
        ]
        guard let inventory else { return families }
        let leases = Lease.State.allCases.map { ($0.rawValue, inventory.leases[$0] ?? 0) }
        let rollouts = Rollout.State.allCases.map { ($0.rawValue, inventory.rollouts[$0] ?? 0) }
        return families + [
            MetricFamily(
                .gauge, "pilotfish_install_leases", "Installs on record, by state.", by: "state",
                leases.map { (value: $0.0, count: $0.1) }),
            MetricFamily(
                .gauge, "pilotfish_rollouts", "Rollouts that still have machines to install, by state.", by: "state",
                rollouts.map { (value: $0.0, count: $0.1) }),
            MetricFamily(
                .gauge, "pilotfish_inventory_machines", "Network cards that were ever seen.",
                Double(inventory.machines)),
            MetricFamily(
                .gauge, "pilotfish_inventory_events", "Events that are kept.", Double(inventory.events)),
            MetricFamily(
                .gauge, "pilotfish_inventory_size_bytes", "Size of the inventory's file.", Double(inventory.octets)),
            MetricFamily(
                .gauge, "pilotfish_inventory_readonly", "1 when the inventory's disk takes nothing.",
                isReadOnly ? 1 : 0),
        ]
    }

    /// By the names that everybody's dashboards know.
    private var standard: [MetricFamily] {
        [
            MetricFamily(
                .gauge, "process_start_time_seconds", "When the service started, in seconds since 1970.", started),
            MetricFamily(
                .counter, "process_cpu_seconds_total", "Time on processors, in user and kernel mode.",
                processorSeconds),
            MetricFamily(
                .gauge, "process_resident_memory_bytes", "Memory in RAM.", Double(process.residentOctets)),
            MetricFamily(.gauge, "process_open_fds", "Open descriptors.", Double(process.openDescriptors)),
            MetricFamily(.gauge, "process_max_fds", "How many there may be.", Double(process.mostDescriptors)),
        ]
    }
}
