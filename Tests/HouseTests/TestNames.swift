import Foundation

/// The numbers in the texts of `Tests`: names of Swift tests, words of the lab's checks. This room's own are left out.
enum TestNames {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    static func held(of reference: Reference) -> Set<String> {
        Set(all.filter { reference.isNumber($0) }.map(String.init))
    }

    /// Every word that may be a number.
    private static let all: Set<Substring> = {
        let paths = (try? FileManager.default.subpathsOfDirectory(atPath: root + "/Tests")) ?? []
        let files = paths.filter { path in
            path.hasSuffix(".swift") && !path.hasPrefix("HouseTests/")
                || path.hasPrefix("Lab/") && (path.hasSuffix(".sh") || path.hasSuffix(".py"))
        }
        return files.reduce(into: []) { found, path in
            let text = (try? String(contentsOfFile: "\(root)/Tests/\(path)", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n") { found.formUnion(words(in: String(line))) }
        }
    }()

    /// A letter and digits, standing for themselves in a text of the line.
    static func words(in line: String) -> [Substring] {
        let text = line.trimmingPrefix(while: \.isWhitespace)
        guard !text.hasPrefix("//"), !text.hasPrefix("#") || text.hasPrefix("#expect") else { return [] }
        return texts(in: line).flatMap { text in
            text.split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "$") }
        }.filter { word in
            (2...5).contains(word.count) && word.first?.isUppercase == true && word.dropFirst().first?.isNumber == true
        }
    }

    /// What stands between quotation marks, of either kind.
    private static func texts(in line: String) -> [Substring] {
        var texts: [Substring] = []
        var start: String.Index?
        var mark: Character = " "
        var isEscaped = false
        for index in line.indices {
            let character = line[index]
            if isEscaped {
                isEscaped = false
            } else if start != nil, character == "\\" {
                isEscaped = true
            } else if let first = start {
                guard character == mark else { continue }
                texts.append(line[first..<index])
                start = nil
            } else if character == "\"" || character == "'" {
                (start, mark) = (line.index(after: index), character)
            }
        }
        return texts
    }
}
