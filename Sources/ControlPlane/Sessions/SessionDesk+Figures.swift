import Sessions

extension SessionDesk {
    /// How many machines boot now, and how many have come to a stop on the way.
    package var openBoots: (underWay: Int, stuck: Int) {
        guard !table.open.isEmpty else { return (0, 0) }
        let moment = moment
        let states = table.open.compactMap { table.boots(of: $0).last.map { standing(of: $0, moment).state } }
        return (states.count { $0 == .underWay }, states.count { $0 == .stuck })
    }

    /// What is counted of boots.
    var figures: SessionFigures {
        let states = latestReports.map(\.standing.state)
        return SessionFigures(
            machines: Standing.State.allCases.map { state in (state.rawValue, states.count { $0 == state }) },
            stages: BootStep.allCases.compactMap { step in
                table.times[step].map { (step.rawValue, $0) }
            })
    }
}
