import Wire

/// What a loader makes of the messages that the firmware kept: loaders do not ask anew.
enum LoaderModel {
    /// GRUB 2.06: the DHCP server's ACK and nothing else (grub-core/net; the proxy's since 2025 in Red Hat's).
    static func grub(_ judge: inout Judge, startedByUEFI: Bool) -> Prediction {
        let run = start(&judge, byUEFI: startedByUEFI)
        guard run.prediction.verdict != .none, let lease = run.lease else { return run.prediction }
        judge.say("GRUB reads the DHCP server's ACK only, its siaddr is \(lease.nextServer)")
        return fromLease(lease, "GRUB", named: lease.fileByHeader, judge)
    }

    /// shim: header `file` and siaddr of the ACK if `file` is not empty there, else of the proxy's message (netboot.c).
    static func shim(_ judge: inout Judge) -> Prediction {
        let run = start(&judge, byUEFI: true)
        guard run.prediction.verdict != .none, let lease = run.lease else { return run.prediction }
        if lease.fileInHeader != nil {
            judge.say("shim reads the DHCP server's ACK, because that names a file")
            return fromLease(lease, "shim", named: lease.fileInHeader, judge)
        }
        guard let proxy = run.proxy else {
            return assumed(run, "shim reads what port 4011 said", "shim", &judge)
        }
        judge.say("shim reads the boot server's message, its siaddr is \(proxy.nextServer)")
        guard !proxy.nextServer.isAny else {
            return judge.fails(
                .noNextServer, "shim does not go on: \(judge.named(proxy.server)) gives no next-server",
                culprit: proxy.server)
        }
        return judge.boots(
            nil, from: proxy.nextServer, toldBy: proxy.server, ours: .ourBootService, theirs: .otherProxy,
            how: "shim's second stage")
    }

    /// PXELINUX: the boot server's message comes last and its siaddr always replaces the lease's; option 54 fills a zero
    /// (core/fs/pxe).
    static func pxelinux(_ judge: inout Judge) -> Prediction {
        let run = start(&judge, byUEFI: false)
        guard run.prediction.verdict != .none, let lease = run.lease else { return run.prediction }
        guard let proxy = run.proxy else {
            if run.askedServer != nil { return assumed(run, "PXELINUX reads what port 4011 said", "PXELINUX", &judge) }
            judge.say("PXELINUX has the DHCP server's ACK only")
            return judge.boots(
                nil, from: lease.nextServerOrIdentifier, toldBy: lease.server, ours: .leaseNamesUs,
                theirs: .leaseFileOnly, how: "PXELINUX's configuration")
        }
        judge.say("PXELINUX reads the boot server's message, siaddr or option 54: \(proxy.nextServerOrIdentifier)")
        return judge.boots(
            nil, from: proxy.nextServerOrIdentifier, toldBy: proxy.server, ours: .ourBootService, theirs: .otherProxy,
            how: "PXELINUX's configuration")
    }

    private static func start(_ judge: inout Judge, byUEFI: Bool) -> FirmwareRun {
        let run = byUEFI ? EDK2Model(generation: .current).run(&judge) : ROMModel.run(&judge)
        judge.say(run.prediction.verdict == .none ? "the loader never starts" : "the firmware \(run.prediction.reason)")
        var copy = run
        copy.prediction.trace = judge.trace
        return copy
    }

    /// The answer of port 4011 is not known: it is taken to name its own server, as it ought to.
    private static func assumed(
        _ run: FirmwareRun, _ step: String, _ loader: String, _ judge: inout Judge
    ) -> Prediction {
        guard let server = run.askedServer else {
            return judge.fails(.noBootInformation, "\(loader) does not go on: nothing tells it a server")
        }
        judge.say("\(step), which is taken to be its own address, \(server)")
        return judge.boots(
            nil, from: server, toldBy: server, ours: .ourBootService, theirs: .otherProxy,
            how: "\(loader)'s next files")
    }

    /// - Parameter file: what the lease names, if anything: a DHCP server that names none has no files for a loader.
    private static func fromLease(
        _ lease: ObservedOffer, _ loader: String, named file: String?, _ judge: Judge
    ) -> Prediction {
        if lease.nextServer.isAny {
            return judge.fails(
                .loaderAsksDHCPServer, "\(loader) does not go on: the lease of \(lease.server) names no next-server",
                culprit: lease.server)
        }
        if !judge.isOurs(lease.nextServer), file == nil {
            return judge.fails(
                .loaderAsksDHCPServer,
                "\(loader) does not go on: asks \(lease.nextServer), the next-server of the lease, for its files",
                culprit: lease.server)
        }
        return judge.boots(
            nil, from: lease.nextServer, toldBy: lease.server, ours: .leaseNamesUs, theirs: .leaseFileWins,
            how: "\(loader)'s next files, by the lease's next-server")
    }
}
