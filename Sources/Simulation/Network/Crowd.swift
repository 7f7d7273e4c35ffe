/// How many machines are where at the same time.
struct Crowd {
    /// Where one machine is, as far as it is counted.
    struct Place: Equatable {
        let isActive: Bool
        let isInstalling: Bool
        let isOver: Bool

        init(_ machine: Machine) {
            isActive = machine.isActive
            isInstalling = machine.isInstalling
            isOver = machine.isOver
        }
    }

    private(set) var over = 0
    private(set) var mostActive = 0
    private(set) var mostInstalling = 0
    private var active = 0
    private var installing = 0

    mutating func move(from old: Place, to new: Place) {
        active += (new.isActive ? 1 : 0) - (old.isActive ? 1 : 0)
        installing += (new.isInstalling ? 1 : 0) - (old.isInstalling ? 1 : 0)
        over += (new.isOver ? 1 : 0) - (old.isOver ? 1 : 0)
        mostActive = max(mostActive, active)
        mostInstalling = max(mostInstalling, installing)
    }
}
