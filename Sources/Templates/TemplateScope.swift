import Mustache

/// What was asked for in vain while one template was rendered, by one thread.
final class Gaps {
    private(set) var names: [String] = []
    private var left = Gaps.mostValues

    /// Lists in lists multiply: a short template can ask for more than any machine has time for.
    static let mostValues = 100_000

    func add(_ name: String) {
        if !names.contains(name) { names.append(name) }
    }

    /// - Returns: false when so many were asked for that this ends here.
    func take(_ count: Int) -> Bool {
        left -= count
        if left < 0 { add("(more than \(Self.mostValues) values)") }
        return left >= 0
    }
}

/// Values as Mustache looks them up.
struct Scope: MustacheParent, MustacheCustomRenderable {
    let values: [String: TemplateValue]
    /// Where it lies in the values, `secret.`.
    let path: String
    let gaps: Gaps

    var isNull: Bool { values.isEmpty }

    /// A group is no text, and may hold secrets.
    var renderText: String {
        gaps.add(path.isEmpty ? "." : String(path.dropLast()))
        return ""
    }

    func child(named name: String) -> Any? {
        let path = self.path + name
        let value = values[name]
        guard gaps.take(value?.count ?? 1) else { return nil }
        return switch value {
        case .text(let text): Shown(text: text, path: path, gaps: gaps)
        case .list(let texts): texts.map { Shown(text: $0, path: path, gaps: gaps) }
        case .flag(let flag): flag
        case .group(let values): Scope(values: values, path: path + ".", gaps: gaps)
        // Something rather than nothing: nothing would be printed as nothing.
        case nil: Absent(path: path, gaps: gaps)
        }
    }
}

private struct Shown: MustacheCustomRenderable, MustacheTransformable, MustacheParent, CustomDebugStringConvertible {
    let text: String
    let path: String
    let gaps: Gaps

    var renderText: String { text }
    var isNull: Bool { text.isEmpty }

    func transform(_ name: String) -> Any? {
        guard let changed = text.transform(name) else {
            gaps.add("\(name)(\(path))")
            return nil
        }
        return changed
    }

    /// What Mustache prints for each element of a list that stands where a text should.
    var debugDescription: String {
        gaps.add(path)
        return ""
    }

    /// Without this, Mustache would look at our own fields.
    func child(named name: String) -> Any? { nil }
}

/// A value that is not there: sections may ask, but to print it is a gap.
private struct Absent: MustacheCustomRenderable, MustacheTransformable, MustacheParent {
    let path: String
    let gaps: Gaps

    var isNull: Bool { true }

    var renderText: String {
        gaps.add(path)
        return ""
    }

    func transform(_ name: String) -> Any? { self }

    func child(named name: String) -> Any? { Absent(path: "\(path).\(name)", gaps: gaps) }
}

extension TemplateValue {
    /// How many texts a section of it is made of.
    fileprivate var count: Int {
        if case .list(let texts) = self { texts.count + 1 } else { 1 }
    }
}
