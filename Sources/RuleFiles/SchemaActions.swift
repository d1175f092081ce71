import Model
import Rules

/// The schema of the lines of a `do`.
enum SchemaActions {
    static let definitions: [(String, Value)] = [
        ("actions", SchemaPart.list(of: SchemaPart.ref("action"), atLeast: 1)),
        ("action", SchemaPart.line(lines, beside: [("delay", delay)])),
        ("message", message),
        ("tagList", SchemaPart.anyOf([SchemaPart.ref("texts"), contactTags])),
        ("set", set),
    ]

    private static let lines: [(String, Value)] = ActionCatalog.references.map { reference in
        (reference.key, SchemaPart.described(values[reference.key] ?? SchemaPart.ref("anything"), by: reference))
    }

    private static let delay = SchemaPart.described(
        SchemaPart.ref("duration"), "Holds this action, and those behind it, for so long")

    private static let values: [String: Value] = [
        "reply": SchemaPart.ref("message"),
        "note": SchemaPart.ref("text"),
        "route": route,
        "tag": SchemaPart.ref("tagList"),
        "untag": SchemaPart.ref("tagList"),
        "close": close,
        "set": SchemaPart.ref("set"),
        "contact": ["type": "object", "minProperties": 1, "additionalProperties": SchemaPart.ref("text")],
        "start": SchemaPart.ref("text"),
        "stop_flow": SchemaPart.isTrue,
        "http": http,
        "call": call,
    ]

    /// A text, or a mapping of one of three shapes.
    private static let message: Value = SchemaPart.anyOf([
        SchemaPart.ref("text"),
        SchemaPart.mapping(
            [
                ("text", SchemaPart.ref("text")),
                ("buttons", SchemaPart.list(of: SchemaPart.ref("text"), atLeast: 1, "Labels, in order")),
                ("file", SchemaPart.described(SchemaPart.ref("text"), "The URL of a file")),
            ], required: ["text"]),
        SchemaPart.mapping(
            [("one_of", SchemaPart.list(of: SchemaPart.ref("message"), atLeast: 1, "One of these, the same for the same event"))],
            required: ["one_of"]),
        SchemaPart.mapping([("by_language", byLanguage)], required: ["by_language"]),
    ])

    private static let byLanguage: Value = [
        "type": "object", "required": ["default"], "additionalProperties": SchemaPart.ref("message"),
        "properties": ["default": SchemaPart.ref("message")],
        "description": "A message by language: `pt`, `pt-BR`, `en`; `default` for every other",
    ]

    private static let route: Value = SchemaPart.anyOf([
        SchemaPart.choice(of: ["queue"]),
        SchemaPart.line([
            ("department", SchemaPart.described(SchemaPart.ref("text"), "A name from the account's `names`, or an id")),
            ("team", SchemaPart.described(SchemaPart.ref("text"), "A name from the account's `names`, or an id")),
            ("agent", SchemaPart.described(SchemaPart.ref("text"), "A name from the account's `names`, or an id")),
        ]),
    ])

    private static let contactTags = SchemaPart.mapping([("contact", SchemaPart.ref("texts"))], required: ["contact"])

    private static let close: Value = SchemaPart.anyOf([
        SchemaPart.isTrue,
        SchemaPart.mapping([("comment", SchemaPart.ref("text")), ("tags", SchemaPart.ref("texts"))], atLeastOne: true),
    ])

    private static let set: Value = [
        "type": "object", "minProperties": 1, "additionalProperties": true, "description": "Variables and their values",
    ]

    private static let method = SchemaPart.foldedChoice(of: ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])

    private static let http: Value = {
        var http =
            SchemaPart.mapping(
                [
                    ("method", method),
                    (
                        "url",
                        SchemaPart.described(SchemaPart.ref("text"), "Scheme and host are written out; templates may follow")
                    ),
                    ("headers", SchemaPart.map(of: SchemaPart.ref("text"), "Names and values")),
                    ("json", SchemaPart.described(SchemaPart.ref("anything"), "A body of JSON")),
                    ("form", SchemaPart.map(of: SchemaPart.ref("text"), "A body of form fields")),
                    ("body", SchemaPart.described(SchemaPart.ref("text"), "A body of text")),
                    ("timeout", SchemaPart.described(SchemaPart.ref("duration"), "At most 60s; default 10s")),
                    (
                        "save",
                        SchemaPart.described(
                            SchemaPart.ref("text"), "The variable that takes the answer; a step of a flow waits for it")
                    ),
                ], required: ["url"]
            ).object ?? [:]
        // One body at most.
        let pairs: [Value] = [["json", "form"], ["json", "body"], ["form", "body"]]
        http["allOf"] = .array(pairs.map { ["not": ["required": $0]] })
        return .object(http)
    }()

    private static let call = SchemaPart.mapping(
        [
            ("method", method),
            ("path", SchemaPart.described(SchemaPart.ref("text"), "Below the base URL of the vendor's API, beginning with `/`")),
            ("json", SchemaPart.described(SchemaPart.ref("anything"), "A body of JSON")),
        ], required: ["path"])
}
