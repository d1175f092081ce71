package import Model

/// The answer of a system of the user's own as tests and `dry-run --http` write it.
package enum StubbedAnswer {
    /// The value of the variable that takes it: what the daemon would have made of such an answer.
    package static func value(_ written: Value.Object) -> Value {
        if let error = written["error"] {
            return .object(["status": written["status"] ?? 0, "error": .string(error.text ?? "error")])
        }
        var answer: Value.Object = ["status": .integer(written["status"]?.text.flatMap { Int64($0) } ?? 200)]
        // Names of headers come in lower case, as the daemon gives them.
        let headers = written["headers"]?.object?.entries.map { ($0.key.lowercased(), $0.value) } ?? []
        answer["headers"] = .object(Value.Object(headers))
        if let json = written["json"] { answer["json"] = json }
        if let text = written["text"] { answer["text"] = .string(text.text ?? "") }
        return .object(answer)
    }
}
