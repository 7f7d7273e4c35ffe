import Testing

@testable import Sessions

@Test("steps have names")
func steps() { #expect(BootStep.allCases.first == .asked) }
