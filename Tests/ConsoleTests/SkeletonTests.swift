import Testing

@testable import Console

@Test("there is a console")
func console() { _ = ConsoleServer() }
