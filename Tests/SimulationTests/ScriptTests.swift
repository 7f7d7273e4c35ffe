import BootPolicy
import Testing
import Wire

@testable import Simulation

/// Runs a script against files that are there or not, and writes down what it did.
private func transcript(
    _ lines: String..., files: [String: String] = [:], settings: [String: String] = [:]
) -> [String] {
    guard var run = ScriptRun("#!ipxe\n" + lines.joined(separator: "\n"), settings: ScriptSettings(settings)) else {
        return ["no script"]
    }
    var seen: [String] = []
    var step = run.start()
    for _ in 0..<100 {
        switch step {
        case .end(let end):
            return seen + ["\(end)"]
        case .pause(nil): return seen + ["waits for ever"]
        case .pause(.some(let time)):
            seen.append("pause \(time.nanoseconds / 1_000_000)")
            step = run.resume(.passed)
        case .fetch(let url, let isScript):
            let text = files[url]
            seen.append("\(isScript ? "script" : "file") \(url)\(text == nil ? " fails" : "")")
            step = run.resume(text.map { .loaded(script: isScript ? $0 : nil) } ?? .failed("HTTP 404"))
        }
    }
    return seen + ["goes on"]
}

@Suite("the language of iPXE's scripts, as far as we write it")
struct ScriptTests {
    @Test(
        "conditions are taken left to right",
        arguments: [
            ("iseq a a && exit 1 || exit 2", 1), ("iseq a b && exit 1 || exit 2", 2), ("iseq a b || exit 3", 3),
            ("iseq a a || exit 3", 0), ("iseq a b || iseq c c && exit 4", 4), ("iseq a b ||", 0), ("iseq a b", 1),
            ("exit", 0), ("isset ${nothing} || exit 5", 5), ("set x 1\nisset ${x} && exit 6", 6),
            ("set x 1\nset x\nisset ${x} || exit 7", 7), ("nonsense || exit 8", 8), ("# exit 1\nexit 9", 9),
            ("goto b\n:a\nexit 1\n:b\nexit 10", 10), ("goto nowhere || exit 11", 11), ("clear x\n\n:l\nexit 12", 12),
            ("set n a\nset a b\niseq ${${n}} b && exit 13", 13), ("iseq ${mac:hexhyp} 52-54 && exit 14", 14),
            ("iseq ${net0/mac} 52:54 && exit 15", 15), ("boot || exit 16", 16),
        ])
    func conditions(script: String, status: Int) {
        #expect(transcript(script, settings: ["mac": "52:54"]) == ["exit(status: \(status))"])
    }

    @Test("a kernel boots with all of its files, and without one of them it does not")
    func kernel() {
        let lines =
            "imgfree\nkernel http://h/k initrd=i || goto failed\ninitrd --name i http://h/i || goto failed\n"
            + "boot || goto failed\n:failed\nsleep 20\nexit 1"
        #expect(
            transcript(lines, files: ["http://h/k": "", "http://h/i": ""])
                == ["file http://h/k", "file http://h/i", #"boot(images: ["http://h/k", "http://h/i"])"#])
        #expect(
            transcript(lines, files: ["http://h/k": ""])
                == ["file http://h/k", "file http://h/i fails", "pause 20000", "exit(status: 1)"])
    }

    @Test("a chained script comes back with its status, one that replaces does not come back")
    func chains() {
        let files = ["u:yes": "#!ipxe\nexit 0", "u:no": "#!ipxe\nexit 1", "u:program": "MZ"]
        #expect(transcript("chain u:yes || exit 1\nexit 2", files: files) == ["script u:yes", "exit(status: 2)"])
        #expect(transcript("chain u:no || exit 3\nexit 2", files: files) == ["script u:no", "exit(status: 3)"])
        #expect(transcript("chain u:gone || exit 4", files: files) == ["script u:gone fails", "exit(status: 4)"])
        #expect(
            transcript("chain --replace --autofree u:yes || exit 5\nexit 6", files: files)
                == ["script u:yes", "exit(status: 0)"])
        #expect(transcript("chain u:program", files: files) == ["script u:program", #"program(url: "u:program")"#])
    }

    @Test("who has to wait sleeps and asks again")
    func waits() {
        let files = ["u:boot": "#!ipxe\nsleep 5\nchain --replace --autofree u:boot || exit 1"]
        let seen = transcript("chain --replace u:boot", files: files)
        #expect(seen.prefix(5) == ["script u:boot", "pause 5000", "script u:boot", "pause 5000", "script u:boot"])
        #expect(seen.last == "goes on")
    }

    @Test("nobody sits there: menus take their default after their time, prompts none")
    func menus() {
        let menu = "menu Which\nitem a First\nitem b Second\n"
        let rest = "choose --timeout ${t} --default b sel || exit 9\niseq ${sel} b && exit 1 || exit 2"
        #expect(transcript("set t 5000\n" + menu + rest) == ["pause 5000", "exit(status: 1)"])
        #expect(transcript("set t 0\n" + menu + rest) == ["waits for ever"])
        #expect(transcript("prompt Press any key") == ["waits for ever"])
        #expect(transcript("prompt --timeout 100 Key || exit 3") == ["pause 100", "exit(status: 3)"])
    }

    @Test("ends")
    func ends() {
        #expect(transcript("sanboot --no-describe --drive 0x80 || exit 1") == ["localDisk"])
        #expect(transcript("reboot") == ["reboot"])
        #expect(transcript("poweroff ||") == ["powerOff"])
        #expect(transcript(":a\ngoto a") == [#"stuck("a script that goes round without waiting")"#])
        let endless = ["u:a": "#!ipxe\nchain u:a"]
        #expect(transcript("chain u:a", files: endless).last == #"stuck("scripts inside scripts")"#)
        #expect(ScriptRun("MZ", settings: ScriptSettings()) == nil)
    }

    @Test("what Pilotfish writes today is understood", arguments: MachineHabits.Platform.allCases)
    func ours(platform: MachineHabits.Platform) {
        let setting = ScriptSetting(
            server: IPAddress(IPv4Address(192, 0, 2, 5)), baseURL: "http://192.0.2.5",
            requester: Requester(address: IPAddress(IPv4Address(192, 0, 2, 9))))
        let settings = platform == .bios ? ["platform": "pcbios"] : ["platform": "efi"]
        func run(_ action: BootAction, files: [String: String] = [:]) -> [String] {
            let text = IPXEScript.render(.target(BootTarget(title: "t", action: action)), of: TargetBook(), setting)
            return transcript(text, files: files, settings: settings)
        }
        #expect(run(.localDisk) == [platform == .bios ? "localDisk" : "exit(status: 1)"])
        #expect(run(.reboot) == ["reboot"])
        #expect(run(.powerOff) == ["powerOff"])
        let files = ["http://192.0.2.5/k": "", "http://192.0.2.5/i": ""]
        let kernel = BootAction.linux(LinuxBoot(kernel: "k", initrds: ["i"]))
        #expect(run(kernel, files: files).last == #"boot(images: ["http://192.0.2.5/k", "http://192.0.2.5/i"])"#)
        #expect(run(kernel).suffix(2) == ["pause 20000", "exit(status: 1)"])
    }
}
