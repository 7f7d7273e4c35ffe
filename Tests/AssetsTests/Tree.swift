import Foundation
import LinuxIO

/// A root of its own for one test.
final class Tree {
    let path: String
    let root: RootDirectory

    /// - Parameter files: paths beneath the root; each file holds its own path.
    init(_ files: [String]) throws {
        path = NSTemporaryDirectory() + "/pilotfish-assets-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        root = try RootDirectory(path: path)
        for file in files { try write(file) }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func write(_ file: String) throws {
        let url = URL(filePath: path + "/" + file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.utf8).write(to: url)
    }

    func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(atPath: path + "/" + name, withDestinationPath: target)
    }
}
