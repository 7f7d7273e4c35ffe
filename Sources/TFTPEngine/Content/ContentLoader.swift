package import Exchange
package import LinuxIO

/// Threads that wait for disks, so that no worker has to: they bring mapped files into memory ahead of the windows, and
/// frame what many clients ask for.
package final class ContentLoader: Sendable {
    enum Task: Sendable {
        case populate(SharedFile, Range<Int64>)
        case frame(SharedFile, blockSize: Int)
    }

    struct Job: Sendable {
        let task: Task
        let answers: Mailbox<Answer>
    }

    struct Answer: Sendable {
        enum Outcome: Sendable {
            /// The octets up to here are in memory, or will never be.
            case populated(Int64)
            case framed(FramedImage)
        }

        let identity: FileIdentity
        let outcome: Outcome
    }

    /// Mapped files are spread over these, so that one on a slow disk does not hold up all others. Images are made by one
    /// thread more, which knows all that there are; a large one takes long, and nobody waits for it.
    private static let readerCount = 4

    private let inboxes: [Mailbox<Job>]
    private let wakes: [WakeUp]
    private let threads: [EngineThread]

    /// - Parameter imageOctets: memory for framed files, all workers together.
    package init(imageOctets: Int, stop: StopSignal) throws(SystemError) {
        let budget = MemoryBudget(octets: imageOctets)
        var inboxes: [Mailbox<Job>] = []
        var wakes: [WakeUp] = []
        var threads: [EngineThread] = []
        for number in 0...Self.readerCount {
            let wake = try WakeUp()
            let inbox = Mailbox<Job> { wake.signal() }
            let clerk = HandOver(try LoaderThread(inbox: inbox, wake: wake, budget: budget, stop: stop))
            threads.append(try EngineThread(name: "pf-load-\(number)") { clerk.take().run() })
            inboxes.append(inbox)
            wakes.append(wake)
        }
        self.inboxes = inboxes
        self.wakes = wakes
        self.threads = threads
    }

    /// Ends the threads, once the stop signal is raised.
    package func join() {
        for wake in wakes { wake.signal() }
        for thread in threads { thread.join() }
    }

    /// One worker's side of the loader.
    struct Client {
        private let loader: ContentLoader
        private let inbox: Mailbox<Answer>

        /// - Parameter wake: stirs when there are answers.
        init(_ loader: ContentLoader, wake: WakeUp) {
            self.loader = loader
            inbox = Mailbox { wake.signal() }
        }

        func populate(_ file: SharedFile, _ part: Range<Int64>) {
            let reader = Int(file.file.identity.inode % UInt64(ContentLoader.readerCount))
            post(.populate(file, part), to: reader)
        }

        func frame(_ file: SharedFile, blockSize: Int) {
            post(.frame(file, blockSize: blockSize), to: ContentLoader.readerCount)
        }

        func answers() -> [Answer] {
            inbox.drain()
        }

        private func post(_ task: Task, to number: Int) {
            loader.inboxes[number].post(Job(task: task, answers: inbox))
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

    private let inbox: Mailbox<ContentLoader.Job>
    private let wake: WakeUp
    private let budget: MemoryBudget
    private let stop: StopSignal
    private let epoll: Epoll
    /// The images that some worker still holds: all workers share them.
    private var images: [ImageKey: WeakImage] = [:]

    init(
        inbox: Mailbox<ContentLoader.Job>, wake: WakeUp, budget: MemoryBudget, stop: StopSignal
    ) throws(SystemError) {
        let epoll = try Epoll()
        try epoll.add(wake.descriptor, token: 0)
        self.epoll = epoll
        self.inbox = inbox
        self.wake = wake
        self.budget = budget
        self.stop = stop
    }

    consuming func run() {
        while !stop.isRaised {
            // Whatever the wait says: the inbox tells what there is to do.
            _ = try? epoll.wait(nil)
            wake.clear()
            for job in inbox.drain() where !stop.isRaised {
                if let answer = work(on: job.task) { job.answers.post(answer) }
            }
            images = images.filter { $0.value.image != nil }
        }
    }

    private mutating func work(on task: ContentLoader.Task) -> ContentLoader.Answer? {
        switch task {
        case .populate(let file, let part):
            // A file cut short is noticed by the kernel when it is sent, and a kernel that cannot populate waits then.
            try? file.mapping?.populate(part)
            return ContentLoader.Answer(identity: file.file.identity, outcome: .populated(part.upperBound))
        case .frame(let file, let blockSize):
            let key = ImageKey(identity: file.file.identity, blockSize: blockSize)
            let known = images[key]?.image
            guard let image = known ?? FramedImage(file.file, blockSize: blockSize, budget: budget) else { return nil }
            images[key] = WeakImage(image: image)
            return ContentLoader.Answer(identity: file.file.identity, outcome: .framed(image))
        }
    }
}
