import ControlPlane
import Simulation
import Wire

extension MachineStage {
    /// For people.
    fileprivate var text: String {
        switch self {
        case .address: "address"
        case .loader: "loader"
        case .ipxe: "address of iPXE"
        case .script: "script"
        case .files: "files, to boot"
        case .install: "install"
        case .held: "held by scripts"
        case .whole: "all of it"
        }
    }
}

extension SimulationReport {
    private var shown: [(MachineStage, Distribution)] {
        MachineStage.allCases.compactMap { stage in stages[stage].map { (stage, $0) } }
    }

    // MARK: - For people

    var text: String {
        var lines = ["\(finished) of \(machines) machines came to their end in \(makespan.seconds.digits(3)) s"]
        let ends: [(MachineOutcome, String)] = [
            (.installed, "installed"), (.localDisk, "sent to their disks without an install"),
            (.booted, "booted something that is no install"), (.poweredOff, "switched off"),
            (.held, "still held by their scripts"),
        ]
        for (outcome, words) in ends where self[outcome] > 0 { lines.append("  \(self[outcome]) \(words)") }
        for (why, count) in failures.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("  \(count) failed: \(why)")
        }
        lines.append("\(installs) installers started, \(done) done; \(doubleInstalls) machines more than once")
        lines.append("at once: \(mostInstalling) installing, \(mostActive) with a script that installs")
        lines.append("\(octets) octets; \(powerLosses) losses of power, \(repeatedRequests) requests made twice")
        for (why, count) in errors.sorted(by: { $0.key < $1.key }) { lines.append("  \(count) x \(why)") }
        for (stage, times) in shown {
            lines.append(times.row(stage.text, [0.5, 0.9, 0.99]))
        }
        lines.append("our own CPU      \(ownTime.seconds.digits(3)) s")
        return lines.map { $0 + "\n" }.joined()
    }

    // MARK: - For programs

    /// One document.
    var json: String { JSONText.object(outcome + counts + times).line }

    private var outcome: [(String, JSONText)] {
        [
            ("machines", .number(machines)), ("finished", .number(finished)), ("installed", .number(self[.installed])),
            ("local_disk", .number(self[.localDisk])), ("booted", .number(self[.booted])),
            ("powered_off", .number(self[.poweredOff])), ("held", .number(self[.held])),
            ("failed", .number(failures.values.reduce(0, +))), ("failures", Self.counts(failures)),
        ]
    }

    private var counts: [(String, JSONText)] {
        [
            ("installs", .number(installs)), ("begun", .number(begun)), ("done", .number(done)),
            ("double_installs", .number(doubleInstalls)), ("power_losses", .number(powerLosses)),
            ("repeated_requests", .number(repeatedRequests)), ("errors", Self.counts(errors)),
            ("octets", .number(Int(octets))), ("max_installing_at_once", .number(mostInstalling)),
            ("max_active_at_once", .number(mostActive)),
        ]
    }

    private var times: [(String, JSONText)] {
        let stages = shown.map { stage, times in (stage.rawValue, times.milliseconds) }
        return [
            ("makespan_s", .digits(makespan.seconds.digits(6))), ("stage_ms", .object(stages)),
            ("own_cpu_s", .digits(ownTime.seconds.digits(3))),
        ]
    }

    private static func counts(_ values: [String: Int]) -> JSONText {
        .object(values.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
    }
}
