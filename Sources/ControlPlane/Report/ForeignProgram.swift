import Foundation

/// A program that is run to its end, or until its time is over.
enum ForeignProgram {
    /// - Parameters:
    ///   - command: looked for in PATH.
    ///   - input: for its standard input.
    /// - Returns: how it ended (127: there is none, 124: its time was over), and what it wrote.
    static func run(
        _ command: [String], seconds: Int, input: FileHandle = .nullDevice, mergesErrors: Bool = true
    ) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "\(seconds)"] + command
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = mergesErrors ? pipe : FileHandle.standardError
        process.standardInput = input
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}
