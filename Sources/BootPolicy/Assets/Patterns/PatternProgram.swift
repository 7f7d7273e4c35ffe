/// One step of a compiled pattern.
enum PatternInstruction: Equatable, Sendable {
    /// Takes one scalar of the set.
    case take(ScalarSet)
    /// Goes on at both; the first is preferred.
    case split(Int, Int)
    case jump(Int)
    /// Notes the position in a slot.
    case save(Int)
    case atStart
    case atEnd
    case match
}

/// Makes a program of a tree.
struct PatternCompiler {
    let ignoresCase: Bool
    private var program: [PatternInstruction] = []

    private var visits = 0

    /// Steps of one pattern; each costs every name a visit for each of its characters.
    static let longest = 1000
    /// Parts of the tree looked at, those of a repeated one each time: nothing repeated often is nothing, but takes time.
    private static let mostVisits = 10_000

    init(ignoresCase: Bool) {
        self.ignoresCase = ignoresCase
    }

    mutating func compile(_ tree: PatternTree) throws(NamePattern.Fault) -> [PatternInstruction] {
        try add(.group(0, tree))
        try emit(.match)
        return program
    }

    @discardableResult
    private mutating func emit(_ instruction: PatternInstruction) throws(NamePattern.Fault) -> Int {
        guard program.count < Self.longest else { throw Self.tooLarge }
        program.append(instruction)
        return program.count - 1
    }

    private static let tooLarge = NamePattern.Fault(offset: 0, message: "the pattern is too large; repeat less in it")

    private mutating func add(_ tree: PatternTree) throws(NamePattern.Fault) {
        visits += 1
        guard visits < Self.mostVisits else { throw Self.tooLarge }
        switch tree {
        case .empty: break
        case .one(let set): try emit(.take(set))
        case .start: try emit(.atStart)
        case .end: try emit(.atEnd)
        case .group(nil, let inner): try add(inner)
        case .group(let number?, let inner):
            try emit(.save(2 * number))
            try add(inner)
            try emit(.save(2 * number + 1))
        case .sequence(let parts):
            for part in parts { try add(part) }
        case .either(let branches): try add(either: branches)
        case .times(let part, let least, let most, let prefersMore):
            for _ in 0..<least { try add(part) }
            if let most {
                try add(part, upTo: most - least, prefersMore)
            } else {
                try add(anyNumberOf: part, prefersMore)
            }
        }
    }

    private mutating func add(either branches: [PatternTree]) throws(NamePattern.Fault) {
        var ends: [Int] = []
        for branch in branches.dropLast() {
            let split = try emit(.jump(0))
            try add(branch)
            ends.append(try emit(.jump(0)))
            program[split] = .split(split + 1, program.count)
        }
        if let last = branches.last { try add(last) }
        for end in ends { program[end] = .jump(program.count) }
    }

    private mutating func add(
        _ part: PatternTree, upTo most: Int, _ prefersMore: Bool
    ) throws(NamePattern.Fault) {
        var splits: [Int] = []
        for _ in 0..<most {
            splits.append(try emit(.jump(0)))
            try add(part)
        }
        for split in splits { program[split] = Self.split(split + 1, program.count, prefersMore) }
    }

    private mutating func add(anyNumberOf part: PatternTree, _ prefersMore: Bool) throws(NamePattern.Fault) {
        let split = try emit(.jump(0))
        try add(part)
        try emit(.jump(split))
        program[split] = Self.split(split + 1, program.count, prefersMore)
    }

    private static func split(_ more: Int, _ done: Int, _ prefersMore: Bool) -> PatternInstruction {
        prefersMore ? .split(more, done) : .split(done, more)
    }
}

/// A walk through a program along a name, on all its ways at once.
struct PatternWalk {
    private let program: [PatternInstruction]
    private let slots: Int
    private let ignoresCase: Bool
    /// When each instruction was last visited, so that no way is gone twice for one character.
    private var visited: [Int]

    /// A place in the program, and where the groups lie that led there; -1 for unknown.
    private struct Way {
        var step: Int
        var slots: [Int]
    }

    init(program: [PatternInstruction], groups: Int, ignoresCase: Bool) {
        self.program = program
        self.ignoresCase = ignoresCase
        slots = 2 * (groups + 1)
        visited = [Int](repeating: -1, count: program.count)
    }

    mutating func run(_ name: [Unicode.Scalar], from start: Int) -> NamePattern.Match? {
        var ways: [Way] = []
        var found: [Int]?
        for position in start...max(start, name.count) {
            var next: [Way] = []
            // Further to the right only while nothing was found.
            let fresh = found == nil ? [Way(step: 0, slots: [Int](repeating: -1, count: slots))] : []
            var standing: [Way] = []
            for way in ways + fresh { follow(way, at: position, of: name.count, into: &standing) }
            scan: for way in standing {
                switch program[way.step] {
                case .match:
                    found = way.slots
                    // Those behind are less preferred.
                    break scan
                case .take(let set):
                    guard position < name.count, takes(set, name[position]) else { continue }
                    next.append(Way(step: way.step + 1, slots: way.slots))
                default: break
                }
            }
            ways = next
            if ways.isEmpty, found != nil { break }
        }
        return found.map { slots in
            NamePattern.Match(
                ranges: stride(from: 0, to: slots.count, by: 2).map { index in
                    slots[index] < 0 || slots[index + 1] < slots[index] ? nil : slots[index]..<slots[index + 1]
                })
        }
    }

    private func takes(_ set: ScalarSet, _ scalar: Unicode.Scalar) -> Bool {
        ignoresCase ? set.containsAnyCase(of: scalar) : set.contains(scalar)
    }

    /// Goes on until scalars are to be taken, the preferred way first. By a list of its own instead of by recursion: a
    /// program may be long.
    private mutating func follow(_ way: Way, at position: Int, of end: Int, into standing: inout [Way]) {
        var waiting = [way]
        while var way = waiting.popLast() {
            guard visited[way.step] != position else { continue }
            visited[way.step] = position
            switch program[way.step] {
            case .take, .match:
                standing.append(way)
                continue
            case .split(let first, let second):
                waiting.append(Way(step: second, slots: way.slots))
                way.step = first
            case .jump(let target): way.step = target
            case .save(let slot):
                way.slots[slot] = position
                way.step += 1
            case .atStart:
                guard position == 0 else { continue }
                way.step += 1
            case .atEnd:
                guard position == end else { continue }
                way.step += 1
            }
            waiting.append(way)
        }
    }
}
