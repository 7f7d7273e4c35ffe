import BootPolicy
import Wire

/// dnsmasq.conf, the files of dnsmasq.d and those that they name (`man dnsmasq`, version 2.90).
struct DnsmasqConverter {
    var desk: BootDesk
    private let include: Conversion.Inclusion
    private var lines: [DnsmasqLine] = []
    var tags = DnsmasqTags()
    var menu = DnsmasqMenu()

    /// Enough for any tree of files, and an end for one that names itself.
    private static let mostFiles = 64

    static func convert(
        _ texts: [ConfigurationText], at desk: inout BootDesk, _ include: @escaping Conversion.Inclusion
    ) throws(ConversionError) {
        guard !texts.isEmpty else { return }
        var converter = Self(desk: desk, include: include)
        try converter.gather(texts)
        converter.convert()
        desk = converter.desk
    }

    private init(desk: BootDesk, include: @escaping Conversion.Inclusion) {
        self.desk = desk
        self.include = include
    }

    /// Takes the lines of all files, included ones at the end: only tags have an order, and those are looked at first.
    private mutating func gather(_ texts: [ConfigurationText]) throws(ConversionError) {
        var open = texts
        var count = 0
        while count < open.count {
            let text = open[count]
            count += 1
            for (index, line) in text.lines.enumerated() {
                guard let line = DnsmasqLine(line, file: text.file, number: index + 1) else { continue }
                guard line.key == "conf-file", let name = line.fields.first else {
                    lines.append(line)
                    continue
                }
                if open.count < Self.mostFiles, let file = include(name, text.file) {
                    open.append(try ConfigurationText(file))
                    desk.settle(line.directive, .converted)
                } else {
                    desk.settle(line.directive, .lost("the file cannot be read; name it beside this one"))
                }
            }
        }
    }

    private mutating func convert() {
        for line in lines where line.key == "tftp-root" { settleRoot(line) }
        var setters: [DnsmasqLine] = []
        for line in lines.filter({ DnsmasqTags.keys.contains($0.key) }).map(\.withTagSet) {
            if let fate = tags.read(line) { desk.settle(line.directive, fate) } else { setters.append(line) }
        }
        for line in lines where line.key == "dhcp-host" { settleHost(line) }
        let done = DnsmasqTags.keys.union(["tftp-root", "dhcp-host"])
        for line in lines where !done.contains(line.key) { settle(line) }
        menu.write(at: &desk)
        for line in setters {
            let isUsed = tags.isUsed(line)
            desk.settle(line.directive, isUsed ? .converted : .needless("no line that boots anything asks for its tag"))
        }
    }

    private mutating func settleRoot(_ line: DnsmasqLine) {
        let fate = desk.setRoot(line.fields.first ?? "")
        if fate.verdict == .converted, line.fields.count > 1 {
            return desk.settle(line.directive, .nearly("there is one root for all interfaces"))
        }
        desk.settle(line.directive, fate)
    }

    private mutating func settleHost(_ line: DnsmasqLine) {
        let patterns = line.fields.compactMap { field in field.contains(":") ? HardwarePattern(field) : nil }
        var hardware: [HardwarePattern] = []
        for pattern in patterns where !hardware.contains(pattern) { hardware.append(pattern) }
        let machines = Audience { $0.hardware = hardware }
        if line.fields.contains("ignore"), !hardware.isEmpty {
            desk.settle(line.directive, desk.silence([machines], named: hardware[0].description))
        } else if let tag = line.tagSet, !hardware.isEmpty {
            tags.add(machines, to: tag)
            let reason = "its address stays with your DHCP server; its tag is known here"
            desk.settle(line.directive, .nearly(reason))
        } else {
            desk.settle(line.directive, .addresses)
        }
    }

    private mutating func settle(_ line: DnsmasqLine) {
        switch line.key {
        case "dhcp-boot": settleBoot(line)
        case "pxe-service", "pxe-prompt": menu.read(line, at: &desk, &tags)
        case "dhcp-option", "dhcp-option-force", "dhcp-option-pxe": settleOption(line)
        case "dhcp-ignore":
            let fate = desk.silence(tags.audiences(line.requiredTags), named: line.ruleName)
            desk.settle(line.directive, line.requiredTags.isEmpty ? .lost("it names no tag") : fate)
        case "dhcp-reply-delay": settleDelay(line)
        default: desk.settle(line.directive, settleKey(line))
        }
    }

    /// `[tag:…,]FILE[,SERVER[,ADDRESS]]`
    private mutating func settleBoot(_ line: DnsmasqLine) {
        let values = line.values
        guard let file = values.first, !file.isEmpty else {
            return desk.settle(
                line.directive, values.count > 1 ? .needless(Fate.ownAddress) : .lost("it names no file"))
        }
        let servers = values.dropFirst().filter { !$0.isEmpty }
        if !servers.isEmpty {
            let named = Directive(
                file: line.directive.file, line: line.directive.line, what: servers.joined(separator: ","))
            desk.settle(named, .needless(Fate.ownAddress), weight: 0)
        }
        desk.boot(file, for: tags.audiences(line.requiredTags), named: line.ruleName, line.directive)
    }

    private mutating func settleOption(_ line: DnsmasqLine) {
        let values = line.values
        if let space = values.first,
            space.hasPrefix("encap:") || space.hasPrefix("vendor:") || space.hasPrefix("vi-encap:")
        {
            let isIPXE = space == "encap:175"
            let inner = values.count > 1 ? values[1] : ""
            return desk.settle(line.directive, isIPXE ? BootOption.ofIPXE(inner) : BootOption.fate(43) ?? .addresses)
        }
        let code = values.first.flatMap(DnsmasqOptions.code) ?? 0
        let text = values.dropFirst().joined(separator: ",")
        if let fate = BootOption.fate(code) { return desk.settle(line.directive, fate) }
        let audiences = tags.audiences(line.requiredTags)
        if code == BootOption.bootFile {
            desk.boot(text, for: audiences, named: line.ruleName, line.directive)
        } else {
            desk.settle(
                line.directive, BootOption.plan(code, text, for: audiences, named: line.ruleName, at: &desk))
        }
    }

    /// `[tag:…,]SECONDS`
    private mutating func settleDelay(_ line: DnsmasqLine) {
        guard let seconds = line.values.first.flatMap({ Int($0) }), (0...5).contains(seconds) else {
            return desk.settle(line.directive, .lost("a [[rule]] delays by 5 seconds at most"))
        }
        let fate = desk.plan(
            for: tags.audiences(line.requiredTags), named: line.ruleName, \.delay
        ) { () throws(Problem) in .seconds(Int64(seconds)) }
        desk.settle(line.directive, fate)
    }
}
