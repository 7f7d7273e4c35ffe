import BootPolicy
import Synchronization
import Templates

/// Writes machines' answer files. A book of templates is read once, however many machines ask.
final class AnswerDesk: Sendable {
    private struct Reading {
        var book: AnswerBook
        var templates: TemplateBook
    }

    private let last = Mutex<Reading?>(nil)

    /// - Throws: `.incomplete` when the template prints what nobody knows of this machine.
    func write(_ template: String, _ setting: ScriptSetting, by book: AnswerBook) throws(AssetProblem) -> String {
        guard let templates = templates(of: book) else { throw .unreadable }
        let text: String?
        do throws(TemplateGap) {
            text = try templates.render(template, AnswerValues.of(setting, book.secrets))
        } catch {
            throw .incomplete(missing: error.missing)
        }
        guard let text else { throw .notFound }
        return text
    }

    private func templates(of book: AnswerBook) -> TemplateBook? {
        if let known = last.withLock({ $0?.book === book ? $0?.templates : nil }) { return known }
        guard let templates = try? TemplateBook(book.templates) else { return nil }
        last.withLock { $0 = Reading(book: book, templates: templates) }
        return templates
    }
}

/// What templates may say of a machine.
private enum AnswerValues {
    static let secrets = "secret"

    static func of(_ setting: ScriptSetting, _ secrets: [String: String]) -> [String: TemplateValue] {
        var values = setting.variables.mapValues(TemplateValue.init)
        for variable in BootVariable.allCases {
            if let value = setting.value(of: variable.rawValue) { values[variable.rawValue] = .text(value) }
        }
        values[Self.secrets] = .group(secrets.mapValues(TemplateValue.text))
        return values
    }
}

extension TemplateValue {
    fileprivate init(_ value: VariableValue) {
        self =
            switch value {
            case .text(let text): .text(text)
            case .list(let texts): .list(texts)
            case .flag(let flag): .flag(flag)
            }
    }
}
