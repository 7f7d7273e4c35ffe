import Testing

@testable import Doctor

@Test("severities go from bad to good")
func severities() { #expect(Severity.allCases.last == .note) }
