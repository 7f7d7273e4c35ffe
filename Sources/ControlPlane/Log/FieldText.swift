/// How named values are written, in the log and in answers to commands.
enum FieldText {
    /// `key=value` words; a value that is not plain is quoted as JSON does it.
    static func words(_ fields: [(String, String)]) -> String {
        fields.map { "\($0)=\(quotedIfNeeded($1))" }.joined(separator: " ")
    }

    /// The inside of a JSON object.
    static func members(_ fields: [(String, String)]) -> String {
        fields.map { "\(JSONText.quoted($0)):\(JSONText.quoted($1))" }.joined(separator: ",")
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C }
        return isPlain ? value : JSONText.quoted(value)
    }
}
