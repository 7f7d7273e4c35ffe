package import Wire

/// How the machines of a simulation fared.
package struct SimulationReport: Sendable {
    package let machines: Int
    /// Machines of each outcome.
    package private(set) var outcomes: [MachineOutcome: Int] = [:]
    /// Installers that were started, `done`s that were taken, and `begin`s that were granted, all machines together.
    package private(set) var installs = 0
    package private(set) var done = 0
    package private(set) var begun = 0
    /// Machines that were let begin, started an installer, or said that they are done, more than once.
    package private(set) var doubleInstalls = 0
    package private(set) var powerLosses = 0
    package private(set) var repeatedRequests = 0
    package private(set) var octets: Int64 = 0
    /// What could not be fetched and how often, whatever became of the machine.
    package private(set) var errors: [String: Int] = [:]
    package private(set) var stages: [MachineStage: Distribution] = [:]
    /// Machines between `boot` and `done` at the same time, and between a script that installs and `done`.
    package let mostInstalling: Int
    package let mostActive: Int
    package let makespan: TimeSpan
    package var ownTime = TimeSpan.zero

    init(_ records: [MachineRecord], _ crowd: Crowd, makespan: TimeSpan) {
        machines = records.count
        mostInstalling = crowd.mostInstalling
        mostActive = crowd.mostActive
        self.makespan = makespan
        var times: [MachineStage: [Double]] = [:]
        for record in records {
            add(record)
            for (stage, time) in record.stages { times[stage, default: []].append(time.seconds) }
        }
        stages = times.mapValues(Distribution.init)
    }

    /// Machines that came to an end of their own: installed, sent to their disks, booted or switched off.
    package var finished: Int {
        outcomes.reduce(0) { sum, entry in
            switch entry.key {
            case .installed, .localDisk, .booted, .poweredOff: sum + entry.value
            case .failed, .held: sum
            }
        }
    }

    package subscript(outcome: MachineOutcome) -> Int { outcomes[outcome] ?? 0 }

    /// Why machines failed, and how many.
    package var failures: [String: Int] {
        var found: [String: Int] = [:]
        for case (.failed(let why), let count) in outcomes { found[why] = count }
        return found
    }

    private mutating func add(_ record: MachineRecord) {
        if let outcome = record.outcome { outcomes[outcome, default: 0] += 1 }
        installs += record.boots
        done += record.done
        begun += record.begun.count
        doubleInstalls += record.isDouble ? 1 : 0
        powerLosses += record.powerLosses
        repeatedRequests += record.repeated
        octets += record.octets
        errors.merge(record.errors, uniquingKeysWith: +)
    }
}
