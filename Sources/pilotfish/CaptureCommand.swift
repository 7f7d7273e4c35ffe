import ArgumentParser
import Glibc
import LinuxIO
import Wire

struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "Writes the latest packets of a machine, as a file for Wireshark.",
        discussion: """
            The service keeps the DHCP of boot clients, both ways, with what DHCP servers said to them, and of TFTP each request, its \
            answer (OACK, ERROR, or the header of the first block), the client's ERROR, and the last acknowledgement; not what \
            lies between. Comments beside the packets tell what else happened, HTTP above all. history.packets in the settings says \
            how much memory that may take.
            """
    )

    @Argument(help: "A host, a card, an IP address, or the three words of a screen, with - between them.")
    var machine: String?

    @Flag(
        help:
            "Everything that is kept, of all machines; of more than 64 MiB, of those that were heard of last; the file says then how many packets are left out."
    )
    var all = false

    @Option(name: .shortAndLong, help: "The file (pcapng), or - for the standard output.", completion: .file())
    var output: String

    @Flag(help: "Tokens of installs as they are: whoever has one can say that the install is done.")
    var secrets = false

    @OptionGroup var location: ServiceLocation

    func validate() throws {
        guard (machine == nil) == all else { throw ValidationError("name one machine, or say --all") }
        guard machine.map({ !$0.isEmpty && !$0.contains(" ") }) ?? true else {
            throw ValidationError("no blanks in the name, and - between the three words")
        }
    }

    func run() throws {
        guard output != "-" || isatty(STDOUT_FILENO) == 0 else {
            throw ValidationError("a capture is nothing to read on a terminal: name a file with -o")
        }
        let words = ["capture", machine, secrets ? "secrets=yes" : nil].compactMap(\.self)
        guard let octets = Base64.decode(try location.ask(words.joined(separator: " ")).utf8) else {
            throw StartFailure("the answer did not come whole: ask again, when the service is less busy")
        }
        do throws(SystemError) {
            var file = try OutputFile(path: output)
            try file.append(octets.span.bytes)
            try file.finish()
        } catch {
            throw StartFailure("\(error)")
        }
    }
}
