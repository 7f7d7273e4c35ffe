package import Wire

/// Who hears of what happens to machines: a command of the operator's that is run, or an endpoint that is told.
package struct Hook: Hashable, Sendable {
    /// What is heard of, by the words of the settings.
    package enum Cause: String, Sendable, CaseIterable {
        /// States that an install comes into, as those of `Lease.State`; armed is one that has lost its turn.
        case armed
        case claimed
        case fetching
        case installing
        case done
        case failed
        case expired
        case cancelled
        /// The marks of a machine contradict each other.
        case conflict
        /// A machine was seen for the first time, and belongs to no host.
        case new
        /// A rollout has paused itself.
        case paused
        /// The operator wants a host to be switched on.
        case wake
    }

    package enum Way: Hashable, Sendable {
        /// An absolute path and its arguments; no shell reads them.
        case command([String])
        /// Where an event is POSTed to.
        case url(String)
    }

    package var name: String
    /// In the order of the settings.
    package var causes: [Cause]
    package var way: Way
    /// How long a command may run, and an endpoint may take to answer.
    package var timeout = TimeSpan.seconds(30)
    /// Of an endpoint: a file of certificates (PEM) that alone are trusted; empty for those that the system trusts.
    package var authorities = ""
    /// The name of the secret that an endpoint is shown; empty for none.
    package var secret = ""
    /// What that is; empty until the secrets were read.
    package var token = ""

    package init(name: String, causes: [Cause], way: Way) {
        self.name = name
        self.causes = causes
        self.way = way
    }

    package var isCommand: Bool {
        if case .command = way { true } else { false }
    }
}

/// Something that hooks hear of. It holds no token of an install, for whoever knows that may say that the install is done.
package struct HookEvent: Hashable, Sendable {
    package var cause: Hook.Cause
    /// The host's name; nil for a machine that belongs to none, and for a rollout.
    package var host: String?
    /// Cards of the machine, as far as they are known.
    package var cards: [MACAddress] = []
    package var target: String?
    package var rollout: Int64?
    /// The words of `Lease.State`: what an install was, and what it is.
    package var from: String?
    package var to: String?
    /// The number of the script that was handed out last.
    package var attempt: Int?
    /// A sentence; may be empty.
    package var reason = ""

    package init(_ cause: Hook.Cause) {
        self.cause = cause
    }
}

extension HookEvent {
    /// - Returns: nil for a state that this version has no word for.
    package init?(_ event: InstallEvent) {
        guard let cause = Hook.Cause(rawValue: event.to) else { return nil }
        self.init(cause)
        host = event.host
        target = event.target
        rollout = event.rollout
        from = event.from
        to = event.to
        attempt = event.attempt
        reason = event.reason
    }
}

/// What became of telling a hook.
package struct HookOutcome: Sendable {
    /// The hook's name.
    package var hook: String
    package var event: HookEvent
    /// Why it was told in vain, in a clause; nil when it was not.
    package var failure: String?
    package var duration: TimeSpan
    /// How often it was tried.
    package var tries: Int
    /// The first line of what a command said; may be empty.
    package var said: String

    package init(
        hook: String, event: HookEvent, failure: String?, duration: TimeSpan, tries: Int = 1, said: String = ""
    ) {
        self.hook = hook
        self.event = event
        self.failure = failure
        self.duration = duration
        self.tries = tries
        self.said = said
    }
}
