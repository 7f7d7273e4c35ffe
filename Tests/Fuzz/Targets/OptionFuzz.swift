import BootPolicy
import Support
import Wire

/// Options as facts of a client, and what is inside of them.
enum OptionFuzz {
    /// Options behind a header that is always sound.
    static func run(options: [UInt8], _ complaints: inout Complaints) {
        var builder = PacketBuilder()
        builder.tail = options
        facts(of: builder.bytes, &complaints)
    }

    /// The first octet says which option the rest is in.
    static func run(suboptions octets: [UInt8], _ complaints: inout Complaints) {
        let codes: [UInt8] = [43, 82, 175, 77, 97, 93, 60, 55]
        var choices = Choices(octets)
        let code = codes[Int(choices.next()) % codes.count]
        let value = choices.take(255)
        guard let field = ShortBytes(value) else { return complaints.add(["255 octets do not fit"]) }
        walk(field, value, &complaints)
        let builder = PacketBuilder.discoverIPXE
        facts(of: builder.with(code, value).bytes, &complaints)
        if code == 43 { facts(of: builder.with(53, [3]).without(77).with(code, value).bytes, &complaints) }
    }

    private static func walk(_ field: ShortBytes, _ octets: [UInt8], _ complaints: inout Complaints) {
        let naive = NaiveOptions.walk(octets)
        var suboptions = Suboptions(field)
        var found: [(code: UInt8, value: [UInt8])] = []
        while let (code, value) = suboptions.next() { found.append((code, value.array)) }
        complaints.demand(
            found.elementsEqual(naive) { $0.code == $1.code && $0.value == $1.value }, "sub-options were read wrong")
        for code in Set(naive.map(\.code)).union([1, 2, 5, 71]) {
            let value = field.suboption(code)
            complaints.demand(value?.array == naive.first { $0.code == code }?.value, "sub-option \(code) is wrong")
            if let value, let item = PXEBootItem(value) {
                complaints.demand(value.count == 4 && value.u32(at: 0) == item.number, "a menu's item was read wrong")
            }
        }
    }

    private static func facts(of octets: [UInt8], _ complaints: inout Complaints) {
        guard let message = try? DHCPMessage(octets.span.bytes) else {
            return complaints.add(["a sound header was refused"])
        }
        let read = ClientFacts.read(message, classes: ["U-Boot."])
        complaints.demand(read == ClientFacts.read(message, classes: ["U-Boot."]), "read twice, and differently")
        guard case .success(let facts) = read else { return }
        let naive = NaiveOptions(message: octets)
        let names = ["PXEClient", "HTTPClient", "U-Boot."]
        let vendorClass = naive[60] ?? []
        complaints.demand(names.contains { vendorClass.starts(with: $0.utf8) }, "not a client that asks for a boot")
        complaints.demand(facts.vendorClass.array == vendorClass, "the vendor class was read wrong")
        complaints.demand(
            (DHCPReply.smallestSizeLimit...DHCPReply.largestSizeLimit).contains(facts.sizeLimit), "the size limit")
        complaints.demand(facts.relayInformation?.array ?? naive[82] ?? [] == naive[82] ?? [], "option 82")
        let machine = facts.machine.map { PacketBuilder.octets($0.high) + PacketBuilder.octets($0.low) }
        complaints.demand(
            machine == nil || [naive[97], naive.first(97)].contains([0] + (machine ?? [])), "option 97 is not its own")
        // What is made of facts for people must not fail either.
        complaints.demand(
            !"\(facts.stage) \(facts.fingerprint) \(String(describing: facts.architecture))".isEmpty, "no text")
    }
}

extension PXEBootItem {
    fileprivate var number: UInt32 { UInt32(type) << 16 | UInt32(layer) }
}
