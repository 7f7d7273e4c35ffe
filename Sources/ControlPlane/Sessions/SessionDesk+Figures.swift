import Sessions

extension SessionDesk {
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
