import Assets
import BootPolicy
package import Exchange
package import LinuxIO
import Wire

/// Threads that wait for disks, so that no worker has to: they open what the kernel does not have in memory, bring mapped
/// files into it ahead of the windows, and frame what many clients ask for.
package final class ContentLoader: Sendable {
    enum Task: Sendable {
        case open(OpeningOrder, AssetStore, ticket: UInt64, Mailbox<Opened>)
        case populate(SharedFile, Range<Int64>, Mailbox<Answer>)
        case frame(SharedFile, blockSize: Int, Mailbox<Answer>)
    }

    /// What has become of a file's octets.
    struct Answer: Sendable {
        enum Outcome: Sendable {
            case populated(Range<Int64>)
            /// They cannot be had: the file is another than was opened, or the disk has failed.
            case failed(Range<Int64>, isChanged: Bool)
            case framed(FramedImage)
        }

        let identity: FileIdentity
        let outcome: Outcome
    }

    /// What has become of a request.
    struct Opened: Sendable {
        let ticket: UInt64
        let outcome: Result<FoundContent, AssetProblem>
    }

    /// Names are spread over these, so that a directory on a dead file server does not hold up all others. The last has to do
    /// with the steps of installs alone, which wait for the inventory's disk: that keeps nobody from files.
    static let openerCount = 5
    /// Disks are spread over these, for the same reason. Images are made by one thread more, which knows all that
    /// there are; a large one takes long, and nobody waits for it.
    private static let readerCount = 4
    private static var framer: Int { openerCount + readerCount }

    private let inboxes: [Mailbox<Task>]
    private let wakes: [WakeUp]
    private let threads: [EngineThread]
    /// Which reader has to do with a disk.
    private let disks = Assignment<UInt64>(count: readerCount)
    /// The numbers of the threads that have ended.
    private let ended: Mailbox<Int>

    /// - Parameters:
    ///   - imageOctets: memory for framed files, all workers together.
    ///   - stop: ends the threads.
    ///   - roll: where the threads say that they get on. They wait for disks, each for some of them: a file server that is
    ///     dead holds up those who ask for its files, and a service that was started anew would wait for it again.
    package init(imageOctets: Int, stop: StopSignal, roll: RollCall = RollCall()) throws(SystemError) {
        let budget = MemoryBudget(octets: imageOctets)
        let ended = Mailbox<Int> {}
        var inboxes: [Mailbox<Task>] = []
        var wakes: [WakeUp] = []
        var threads: [EngineThread] = []
        for number in 0...Self.framer {
            let wake = try WakeUp()
            let inbox = Mailbox<Task> { wake.signal() }
            let name = "pf-load-\(number)"
            let pulse = roll.join(name, mayWait: true) { _ in wake.signal() }
            let clerk = HandOver(try LoaderThread(inbox: inbox, wake: wake, pulse: pulse, budget: budget, stop: stop))
            threads.append(
                try EngineThread(name: name) {
                    clerk.take().run()
                    ended.post(number)
                })
            inboxes.append(inbox)
            wakes.append(wake)
        }
        self.inboxes = inboxes
        self.wakes = wakes
        self.threads = threads
        self.ended = ended
    }

    /// How long a thread that is busy may take to end.
    private static let grace = TimeSpan.seconds(1)

    /// Ends the threads, once the stop signal is raised. One that waits for a dead disk is left to the end of the process,
    /// which it must not hold up.
    package func join() {
        for wake in wakes { wake.signal() }
        let deadline = Clock.now + Self.grace
        var left = threads.count
        while left > 0, Clock.now < deadline {
            for number in ended.drain() {
                threads[number].join()
                left -= 1
            }
            if left > 0 { Clock.nap(.milliseconds(1)) }
        }
    }

    /// Which opener has to do with a name: all that lie in one place go to the same.
    static func opener(of order: OpeningOrder) -> Int {
        guard !order.resolution.isStepOfInstall else { return openerCount - 1 }
        let place = order.resolution.place(in: order.catalog)
        return Int(UInt(bitPattern: place.hashValue) % UInt(openerCount - 1))
    }

    /// One worker's side of the loader.
    struct Client {
        private let loader: ContentLoader
        private let inbox: Mailbox<Answer>
        private let openings: Mailbox<Opened>

        /// - Parameter wake: stirs when there are answers.
        init(_ loader: ContentLoader, wake: WakeUp) {
            self.loader = loader
            inbox = Mailbox { wake.signal() }
            openings = Mailbox { wake.signal() }
        }

        /// - Parameter ticket: comes back with the answer.
        func open(_ order: OpeningOrder, in assets: AssetStore, ticket: UInt64) {
            loader.inboxes[ContentLoader.opener(of: order)].post(.open(order, assets, ticket: ticket, openings))
        }

        func populate(_ file: SharedFile, _ part: Range<Int64>) {
            let reader = loader.disks.number(of: file.file.identity.device)
            loader.inboxes[ContentLoader.openerCount + reader].post(.populate(file, part, inbox))
        }

        func frame(_ file: SharedFile, blockSize: Int) {
            loader.inboxes[ContentLoader.framer].post(.frame(file, blockSize: blockSize, inbox))
        }

        /// What was opened since the last call.
        func opened() -> [Opened] {
            openings.drain()
        }

        /// What was done with files that are open, since the last call.
        func answers() -> [Answer] {
            inbox.drain()
        }
    }
}

/// One thread of the loader.
private struct LoaderThread: ~Copyable {
    private struct ImageKey: Hashable {
        let identity: FileIdentity
        let blockSize: Int
    }

    private struct WeakImage {
        weak var image: FramedImage?
    }

    private let inbox: Mailbox<ContentLoader.Task>
    private let wake: WakeUp
    private let pulse: Pulse
    private let budget: MemoryBudget
    private let stop: StopSignal
    private let epoll: Epoll
    /// The images that some worker still holds: all workers share them.
    private var images: [ImageKey: WeakImage] = [:]

    init(
        inbox: Mailbox<ContentLoader.Task>, wake: WakeUp, pulse: Pulse, budget: MemoryBudget, stop: StopSignal
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: 0)
        self.epoll = epoll
        self.inbox = inbox
        self.wake = wake
        self.pulse = pulse
        self.budget = budget
        self.stop = stop
    }

    consuming func run() {
        while !stop.isRaised {
            // Whatever the wait says: the inbox tells what there is to do.
            _ = try? epoll.wait(nil)
            wake.clear()
            for task in inbox.drain() where !stop.isRaised {
                work(on: task)
                pulse.beat()
            }
            pulse.beat()
            images = images.filter { $0.value.image != nil }
        }
    }

    private mutating func work(on task: ContentLoader.Task) {
        switch task {
        case .open(let order, let assets, let ticket, let answers):
            let outcome: Result<FoundContent, AssetProblem>
            do throws(AssetProblem) {
                // Who asks for a file of another server's waits as for a slow disk: there is no size to tell before all is
                // there, and the answer is sent when it is.
                let inbox = inbox
                guard let found = try order.open(in: assets, whenThere: { inbox.post(task) }) else { return }
                outcome = .success(found)
            } catch {
                outcome = .failure(error)
            }
            answers.post(ContentLoader.Opened(ticket: ticket, outcome: outcome))
        case .populate(let file, let part, let answers):
            answers.post(ContentLoader.Answer(identity: file.file.identity, outcome: populate(file, part)))
        case .frame(let file, let blockSize, let answers):
            let key = ImageKey(identity: file.file.identity, blockSize: blockSize)
            let known = images[key]?.image
            guard let image = known ?? FramedImage(file.file, blockSize: blockSize, budget: budget) else { return }
            images[key] = WeakImage(image: image)
            answers.post(ContentLoader.Answer(identity: file.file.identity, outcome: .framed(image)))
        }
    }

    private func populate(_ file: SharedFile, _ part: Range<Int64>) -> ContentLoader.Answer.Outcome {
        do throws(SystemError) {
            try file.mapping?.populate(part)
            return .populated(part)
        } catch {
            // A kernel that cannot populate (before 5.14) waits when it sends.
            guard error.isBadMemory else { return .populated(part) }
            return .failed(part, isChanged: !file.file.isUnchanged())
        }
    }
}
