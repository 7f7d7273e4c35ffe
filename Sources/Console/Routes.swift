/// One thing that can be asked of the API: the table of all is `Route.all`, and openapi.json says the same in public.
struct Route: Sendable {
    enum Action: Sendable {
        case page
        case description
        case metrics
        case stream
        /// A view of the service's: the question, and what its lines become.
        case view(@Sendable (Words) -> String, Shape)
        /// A change, of which the service says a sentence.
        case change(@Sendable (Words) -> String)
    }

    /// What lines of JSON become.
    enum Shape: Sendable {
        /// The only line as it is.
        case object
        /// All lines as a list of this name.
        case list(String)
        /// As many of the boots as are wanted.
        case sessions
        /// The first line as the number of the last element, the others as a list of this name.
        case numbered(String)
        /// The rollouts without their machines.
        case rollouts
        /// One rollout, and its machines.
        case rollout
    }

    /// Parts of the path in braces, parameters of the query and the member of the body, by their names.
    typealias Words = [String: String]

    /// Whether it is a POST; all else are GET, and HEAD.
    let isChange: Bool
    /// As in openapi.json: `/api/v1/sessions/{id}`.
    let path: String
    /// What the words of the path may be.
    let inPath: [String: RequestWord]
    let inQuery: [String: RequestWord]
    /// The only member of the body.
    let inBody: (name: String, word: RequestWord)?
    let action: Action
    private let template: [String]

    private init(
        get path: String, inPath: [String: RequestWord] = [:], inQuery: [String: RequestWord] = [:], _ action: Action
    ) {
        (isChange, self.path, self.inPath, self.inQuery, inBody) = (false, path, inPath, inQuery, nil)
        self.action = action
        template = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }

    private init(
        post path: String, inPath: [String: RequestWord] = [:], inBody: (name: String, word: RequestWord)? = nil,
        _ question: @escaping @Sendable (Words) -> String
    ) {
        (isChange, self.path, self.inPath, inQuery, self.inBody) = (true, path, inPath, [:], inBody)
        action = .change(question)
        template = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
    }

    /// The words of a path that has the form of this one; nil for another.
    func words(of parts: [String]) -> Words? {
        guard parts.count == template.count else { return nil }
        var words: Words = [:]
        for (part, form) in zip(parts, template) {
            if form.hasPrefix("{") {
                words[String(form.dropFirst().dropLast())] = part
            } else if form != part {
                return nil
            }
        }
        return words
    }
}

extension Route {
    static let all = views + changes

    /// Whether that is every boot of every machine, which keeps the service at work: only for who may do everything.
    func isLarge(_ words: Words) -> Bool { words["all"] == "true" && words["machine"] == nil }

    private static let views = [
        Route(get: "/", .page),
        Route(get: "/metrics", .metrics),
        Route(get: "/api/v1/openapi.json", .description),
        Route(get: "/api/v1/stream", .stream),
        Route(get: "/api/v1/status", .view({ _ in LiveQuestion.status }, .object)),
        Route(
            get: "/api/v1/sessions", inQuery: ["machine": .name, "all": .truth, "most": .most],
            .view(
                { words in
                    let all = words["all"] == "true" ? " all" : ""
                    return "sessions\(optional(words, "machine"))\(all) most=\(RequestWord.mostBoots) json"
                }, .sessions)),
        Route(
            get: "/api/v1/sessions/{id}", inPath: ["id": .id], .view({ "session \($0["id"] ?? "") json" }, .object)),
        Route(
            get: "/api/v1/machines/{name}", inPath: ["name": .name],
            .view({ "show \($0["name"] ?? "") json" }, .object)),
        Route(get: "/api/v1/rollouts", .view({ _ in "watch most=0" }, .rollouts)),
        Route(
            get: "/api/v1/rollouts/{id}", inPath: ["id": .id], .view({ "watch \($0["id"] ?? "")" }, .rollout)),
        Route(get: "/api/v1/transfers", .view({ _ in "transfers json" }, .list("transfers"))),
        Route(
            get: "/api/v1/events", inQuery: ["after": .number, "since": .time, "machine": .name],
            .view(
                { words in "events" + ["after", "since", "machine"].map { optional(words, $0) }.joined() + " json" },
                .numbered("events"))),
        Route(get: "/api/v1/newcomers", .view({ _ in "newcomers json" }, .list("newcomers"))),
        Route(
            get: "/api/v1/log", inQuery: ["after": .number, "level": .level, "machine": .name],
            .view(
                { words in "log" + ["after", "level", "machine"].map { optional(words, $0) }.joined() + " json" },
                .numbered("lines"))),
    ]

    private static let changes =
        [
            Route(post: "/api/v1/mode", inBody: ("mode", .mode)) { "mode \($0["mode"] ?? "")" },
            Route(post: "/api/v1/wake", inBody: ("hosts", .hosts)) { "wake \($0["hosts"] ?? "")" },
            Route(post: "/api/v1/newcomers/{machine}/adopt", inPath: ["machine": .name], inBody: ("name", .name)) {
                "adopt \($0["machine"] ?? "") \($0["name"] ?? "")"
            },
        ]
        + ["pause", "resume", "abort"].map { verb in
            Route(post: "/api/v1/rollouts/{id}/\(verb)", inPath: ["id": .id]) { "rollout \($0["id"] ?? "") \(verb)" }
        }
        + ["retry", "release", "protect", "unprotect"].map { verb in
            Route(post: "/api/v1/hosts/{name}/\(verb)", inPath: ["name": .name]) { "\(verb) \($0["name"] ?? "")" }
        }

    /// A word of a question that may be left out, with its name and a blank before it.
    private static func optional(_ words: Words, _ name: String) -> String {
        words[name].map { " \(name)=\($0)" } ?? ""
    }
}

extension Route.Shape {
    /// What the API says for what the service said; nil where the service said something else.
    ///
    /// - Parameter words: of the request.
    func json(of answer: String, _ words: Route.Words) -> String? {
        let lines = answer.split(separator: "\n")
        switch self {
        case .object: return lines.count == 1 ? answer : nil
        case .list(let name): return Self.object(name, lines)
        case .sessions:
            let most = words["most"].flatMap { Int($0) } ?? RequestWord.usualBoots
            return Self.object("sessions", Array(lines.prefix(most)))
        case .numbered(let name):
            guard let last = lines.first.flatMap({ Int64($0) }) else { return nil }
            return "{\"last\":\(last),\"\(name)\":[\(lines.dropFirst().joined(separator: ","))]}"
        case .rollouts: return Self.object("rollouts", lines.filter { $0.hasPrefix("{\"rollout\":") })
        case .rollout:
            guard let rollout = lines.first else { return nil }
            let machines = lines.dropFirst().filter { $0.hasPrefix("{\"host\":") }
            return "{\"rollout\":\(rollout),\"machines\":[\(machines.joined(separator: ","))]}"
        }
    }

    private static func object(_ name: String, _ lines: [Substring]) -> String {
        "{\"\(name)\":[\(lines.joined(separator: ","))]}"
    }
}
