package import BootPolicy
package import Templates

extension AnswerBook {
    /// Reads templates, once for however many machines will ask.
    ///
    /// - Throws: the first fault of the first faulty one.
    package convenience init(
        reading templates: [String: String], secrets: [String: String]
    ) throws(TemplateFault) {
        self.init(templates: templates, secrets: secrets, readTemplates: try TemplateBook(templates))
    }

    /// A machine's answer file.
    ///
    /// - Throws: `.incomplete` when the template prints what nobody knows of this machine.
    func write(_ template: String, _ setting: ScriptSetting) throws(AssetProblem) -> String {
        guard let templates = readTemplates as? TemplateBook ?? (try? TemplateBook(templates)) else {
            throw .unreadable
        }
        let text: String?
        do throws(TemplateGap) {
            text = try templates.render(template, AnswerValues.of(setting, secrets))
        } catch {
            throw .incomplete(missing: error.missing)
        }
        guard let text else { throw .notFound }
        return text
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
