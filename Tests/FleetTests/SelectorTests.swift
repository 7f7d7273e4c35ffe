import Fleet
import Testing

@Suite("which hosts a command is for")
struct SelectorTests {
    static let fleet = [
        HostSelector.Subject(name: "rack4-01", groups: ["edge"], tags: ["gpu"]),
        HostSelector.Subject(name: "rack4-02", groups: ["edge", "east"]),
        HostSelector.Subject(name: "rack4-10", tags: ["gpu", "role:db"]),
        HostSelector.Subject(name: "rack4-20", groups: ["west"]),
        HostSelector.Subject(name: "Rack5-1"),
        HostSelector.Subject(name: "rack5-12b"),
        HostSelector.Subject(name: "all-in-one"),
    ]

    @Test(
        "patterns",
        arguments: [
            ("all", "rack4-01 rack4-02 rack4-10 rack4-20 Rack5-1 rack5-12b all-in-one"),
            ("ALL,!rack*", "all-in-one"), ("rack4-01", "rack4-01"), ("rack4-1", ""), ("rack4", ""),
            ("RACK5-1", "Rack5-1"), ("rack4-*", "rack4-01 rack4-02 rack4-10 rack4-20"), ("*-1", "Rack5-1"),
            ("*1*", "rack4-01 rack4-10 Rack5-1 rack5-12b"), ("rack4-?0", "rack4-10 rack4-20"), ("rack?-?", "Rack5-1"),
            ("rack4-[01-10]", "rack4-01 rack4-02 rack4-10"), ("rack4-[1-10]", "rack4-10"), ("rack5-[1-9]", "Rack5-1"),
            ("rack5-[01-09]", ""), ("rack5-[1-20]b", "rack5-12b"), ("rack[4-5]-[02,20]", "rack4-02 rack4-20"),
            ("rack[5]-[1-3]2b", "rack5-12b"), ("rack4-0[1-2]", "rack4-01 rack4-02"), ("rack4-[01-02, 10]", "!"),
            ("*[1-12]*", "rack4-01 rack4-02 rack4-10 rack4-20 Rack5-1 rack5-12b"),
            ("@edge", "rack4-01 rack4-02"), ("@e*", "rack4-01 rack4-02"), ("@ea*,!@west", "rack4-02"), ("@none", ""),
            ("tag=gpu", "rack4-01 rack4-10"), ("TAG=role:*", "rack4-10"), ("tag=gpu,!@edge", "rack4-10"),
            ("!rack4-02,rack4-[01-20]", "rack4-01 rack4-10 rack4-20"), ("all-*", "all-in-one"),
            (" rack4-01 , Rack5-1 ", "rack4-01 Rack5-1"), ("all,!all", ""), ("rack4-01,rack4-01", "rack4-01"),
        ])
    func patterns(text: String, names: String) throws {
        guard names != "!" else {
            #expect(throws: HostSelector.Fault.self) { try HostSelector(text) }
            return
        }
        let selection = try HostSelector(text).select(from: Self.fleet)
        #expect(selection.subjects.map(\.name).joined(separator: " ") == names)
    }

    @Test(
        "numbers in names: with zeros in front or without, as the range is written",
        arguments: [
            ("n[08-12]", "n08 n09 n10 n11 n12", "n8 n9 n012 n07 n13"), ("n[8-12]", "n8 n9 n10 n12", "n08 n010 n13 n7"),
            ("n[0-10]", "n0 n5 n10", "n00 n05 n11"), ("n[001-200]", "n001 n099 n200", "n1 n99 n0200 n201"),
            ("n[09-100]", "n09 n99 n100", "n9 n099 n101"), ("n[7]", "n7", "n07 n77"),
            ("n[1-3,07]x", "n1x n3x n07x", "n7x n4x"),
            ("[1-2][1-2]", "11 12 21 22", "1 2 111 13"), ("n[999999999]", "n999999999", "n9999999990 n99999999"),
        ])
    func numbers(text: String, fitting: String, others: String) throws {
        let selector = try HostSelector(text)
        for name in fitting.split(separator: " ") {
            #expect(selector.selects(HostSelector.Subject(name: String(name))), "\(name)")
        }
        for name in others.split(separator: " ") {
            #expect(!selector.selects(HostSelector.Subject(name: String(name))), "\(name)")
        }
    }

    @Test(
        "what is wrong, and where",
        arguments: [
            ("", "column 1: a name, a pattern, @group, tag=… or all is missing"),
            ("web,", "column 5: a name, a pattern, @group, tag=… or all is missing"),
            ("web,,db", "column 5: a name, a pattern, @group, tag=… or all belongs here, not \",\""),
            ("web 1", "column 5: \"1\" does not belong here"), ("@", "column 2: the name of a group is missing"),
            ("web,tag=", "column 9: a tag is missing"), ("tag=a=b", "column 6: \"=\" does not belong here"),
            ("!web", "column 1: this only leaves hosts out; write \"all,\" before it to mean all others"),
            ("web[1-", "column 7: a number is missing"), ("web[1-8", "column 4: this \"[\" has no \"]\""),
            ("web[a]", "column 5: a number belongs here, not \"a\""),
            ("web[]", "column 5: a number belongs here, not \"]\""),
            ("web[8-1]", "column 5: a range goes from the smaller number to the larger"),
            ("web[1-8;9]", "column 8: \";\" does not belong here"), ("web]", "column 4: \"]\" does not belong here"),
            ("web[1234567890]", "column 5: a number has at most 9 digits"),
            ("a$b", "column 2: \"$\" does not belong here"),
            ("größe", "column 3: \"ö\" does not belong here"),
            ("!!web", "column 2: a name, a pattern, @group, tag=… or all belongs here, not \"!\""),
        ])
    func faults(text: String, sentence: String) {
        #expect {
            try HostSelector(text)
        } throws: {
            "\($0)" == sentence
        }
    }

    @Test("terms that meet nobody are told")
    func idle() throws {
        let selection = try HostSelector("rack4-01, rack9-*,!db1,@nobody,!rack4-02").select(from: Self.fleet)
        #expect(selection.subjects.map(\.name) == ["rack4-01"])
        #expect(selection.idle == ["rack9-*", "!db1", "@nobody"])
    }

    @Test("patterns that keep others busy for ever take their time from the lengths only")
    func busy() throws {
        let selector = try HostSelector(String(repeating: "*a", count: 100) + "b")
        #expect(!selector.selects(HostSelector.Subject(name: String(repeating: "a", count: 2000))))
    }
}
