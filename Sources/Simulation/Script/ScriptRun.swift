import Wire

/// An iPXE that runs a script, without network, screen or clock: the part of its language that Pilotfish writes in.
///
/// It runs until it needs something, and says what; whoever has that calls `resume`. A line that fails ends its script
/// unless a `||` stands behind it (iPXE: src/core/exec.c, src/image/script.c).
struct ScriptRun {
    /// What it waits for, or how it ended.
    enum Step: Equatable {
        /// Fetch that; of a script, bring the text.
        case fetch(url: String, isScript: Bool)
        /// Wait; nil waits for somebody at the keyboard, where nobody is.
        case pause(TimeSpan?)
        case end(End)
    }

    /// How a script ends.
    enum End: Equatable {
        /// A kernel runs; these are the files it came from.
        case boot(images: [String])
        /// Something else was chained and runs.
        case program(url: String)
        /// The local disk, by `sanboot`.
        case localDisk
        /// Back to the firmware, which tries its next device.
        case exit(status: Int)
        case reboot
        case powerOff
        /// It does what no script of ours should.
        case stuck(String)
    }

    /// What came of a step.
    enum Outcome: Equatable {
        /// The file is there; the text if it was asked for and is a script.
        case loaded(script: String?)
        case failed(String)
        /// Time has passed.
        case passed
    }

    /// A kernel with its command line.
    struct Kernel: Equatable {
        var url: String
        var arguments: String
    }

    private struct Frame {
        let lines: [String]
        /// Where the script came from; nil where every file is named by a URL.
        let place: BootLocation?
        var next = 0
        var parts: ArraySlice<ScriptLine.Part> = []
    }

    enum Waiting: Equatable {
        case nothing
        /// - arguments: its command line; nil for what is no kernel.
        case image(url: String, arguments: String?)
        case chain(url: String, replaces: Bool)
        case choice(variable: String, label: String)
        case prompt
        case sleep
    }

    var settings: ScriptSettings
    /// What the last command came to; 0 is success.
    var status = 0
    var images: [String] = []
    var kernel: Kernel?
    /// What the menu that is being written down is called.
    var title = ""
    /// Labels of the menu that is being written down.
    var menu: [String] = []
    /// Labels that somebody chooses, a menu each, with or without the `go-` before them.
    var choices: [String] = []
    var waiting = Waiting.nothing
    private var frames: [Frame] = []
    /// Octets of lines and words that were looked at since it waited last.
    private(set) var work = 0

    /// Commands in a row that wait for nothing, what they may look at, and scripts inside scripts, before it counts as lost.
    private static let patience = 10_000
    private static let mostWork = 4 << 20
    private static let depth = 16

    /// - Parameters:
    ///   - script: nil when it is no script, which an iPXE refuses.
    ///   - place: where it came from, which completes what it names by less than a URL.
    init?(_ script: String, settings: ScriptSettings, from place: BootLocation? = nil) {
        guard let lines = ScriptLine.lines(of: script) else { return nil }
        self.settings = settings
        frames = [Frame(lines: lines, place: place)]
    }

    /// Whether the script that it waits for goes back to the one that runs now.
    var isInsideAnother: Bool {
        if case .chain(_, replaces: false) = waiting { true } else { false }
    }

    /// Runs from the first line.
    mutating func start() -> Step { proceed() }

    /// Goes on with what came of the last step.
    mutating func resume(_ outcome: Outcome) -> Step {
        let waited = waiting
        waiting = .nothing
        switch (waited, outcome) {
        case (.image(let url, let arguments), .loaded):
            images.append(url)
            if let arguments { kernel = Kernel(url: url, arguments: arguments) }
            status = 0
        case (.chain(let url, let replaces), .loaded(let script)):
            guard let lines = script.flatMap(ScriptLine.lines) else { return .end(.program(url: url)) }
            guard replaces || frames.count < Self.depth else { return .end(.stuck("scripts inside scripts")) }
            if replaces { frames.removeLast() }
            frames.append(Frame(lines: lines, place: BootLocation(url: url)))
            status = 0
        case (.choice(let variable, let label), .passed):
            settings[variable] = label
            status = 0
        case (.sleep, .passed): status = 0
        // Nobody pressed the key.
        case (.prompt, .passed): fail("Operation timed out")
        case (_, .failed(let why)): fail(why)
        default: fail("Operation not supported")
        }
        return proceed()
    }

    private mutating func proceed() -> Step {
        work = 0
        for _ in 0..<Self.patience where work <= Self.mostWork {
            let top = frames.count - 1
            if let part = frames[top].parts.popFirst() {
                guard part.isDue(after: status) else { continue }
                guard let words = expanded(part.words) else {
                    return .end(.stuck("a script whose words grow and grow"))
                }
                if let step = perform(words) { return step }
            } else if status != 0 || frames[top].next == frames[top].lines.count {
                if let end = leave() { return .end(end) }
            } else {
                work += frames[top].lines[frames[top].next].utf8.count
                frames[top].parts = ScriptLine.parts(of: frames[top].lines[frames[top].next])[...]
                frames[top].next += 1
            }
        }
        return .end(.stuck("a script that goes round without waiting"))
    }

    private mutating func expanded(_ words: [String]) -> [String]? {
        var all: [String] = []
        for word in words {
            guard work <= Self.mostWork, let text = settings.expanded(word, work: &work) else { return nil }
            all.append(text)
        }
        return all
    }

    /// Ends the script that runs now; the one that chained it goes on with what it came to.
    private mutating func leave() -> End? {
        frames.removeLast()
        return frames.isEmpty ? .exit(status: status) : nil
    }
}

// MARK: - What commands do to it

extension ScriptRun {
    /// What a name in the script that runs now means.
    func url(of name: String) -> String {
        name.contains("://") ? name : frames.last?.place?.resolve(name)?.url ?? name
    }

    mutating func fail(_ why: String) {
        status = 1
        settings["errmsg"] = why
    }

    mutating func jump(to label: String) {
        let top = frames.count - 1
        work += frames[top].lines.count
        guard let line = frames[top].lines.firstIndex(where: { ScriptLine.label(of: $0).map { $0 == label } ?? false })
        else { return fail("No such label \(label)") }
        frames[top].next = line + 1
        frames[top].parts = []
        status = 0
    }

    /// Ends the script that runs now with a status.
    mutating func exit(_ code: Int) {
        let top = frames.count - 1
        status = code
        frames[top].parts = []
        frames[top].next = frames[top].lines.count
    }
}
