import Model
import Rules

/// The schema of the lines of a `when`.
enum SchemaConditions {
    static let definitions: [(String, Value)] = [
        ("conditions", SchemaPart.list(of: SchemaPart.ref("condition"))),
        ("condition", SchemaPart.line(lines)),
        ("textMatcher", SchemaPart.anyOf([SchemaPart.ref("texts"), SchemaPart.mapping(textKeys, atLeastOne: true)])),
        (
            "fieldMatcher",
            SchemaPart.anyOf([SchemaPart.ref("texts"), SchemaPart.mapping(textKeys + fieldKeys, atLeastOne: true)])
        ),
    ]

    /// Every condition with its value. A key that is not told apart here is described, and may have any value.
    private static let lines: [(String, Value)] = ConditionCatalog.keys.map { key in
        let schema = values[key] ?? SchemaPart.ref("anything")
        guard let reference = reference(of: key) else { return (key, schema) }
        return (key, SchemaPart.described(schema, by: reference))
    }

    private static func reference(of key: String) -> Reference? {
        ConditionCatalog.references.first { $0.key.split(separator: ", ").contains { $0 == key } }
    }

    private static let values: [String: Value] = [
        "text": SchemaPart.ref("textMatcher"),
        "channel": SchemaPart.ref("texts"),
        "vendor": SchemaPart.oneOrMore(SchemaPart.ref("vendorWord")),
        "account": SchemaPart.ref("texts"),
        "kind": words(EventKind.allCases.map(\.rawValue)),
        "sender": words(SenderRole.allCases.map(\.rawValue)),
        "department": SchemaPart.ref("texts"),
        "team": SchemaPart.ref("texts"),
        "agent": SchemaPart.ref("texts"),
        "tags": SchemaPart.anyOf([
            SchemaPart.ref("texts"),
            SchemaPart.mapping(
                [
                    ("any", SchemaPart.ref("texts")), ("all", SchemaPart.ref("textsOrNone")),
                    ("none", SchemaPart.ref("textsOrNone")),
                ], atLeastOne: true),
        ]),
        "handler": words(Handler.allCases.map(\.rawValue)),
        "inside": SchemaPart.ref("text"),
        "outside": SchemaPart.ref("text"),
        "first_message": SchemaPart.ref("flag"),
        "repeated": SchemaPart.mapping(
            [("times", SchemaPart.integer(from: 1, to: 1000)), ("within", SchemaPart.ref("duration"))],
            required: ["times", "within"]),
        "field": field,
        "any": SchemaPart.list(of: SchemaPart.ref("condition"), atLeast: 1),
        "all": SchemaPart.ref("conditions"),
        "none": SchemaPart.ref("conditions"),
    ]

    private static func words(_ words: [String]) -> Value { SchemaPart.oneOrMore(SchemaPart.foldedChoice(of: words)) }

    /// One path and its matcher. Paths are completed; others (`vars.…`, `raw.…`) are the author's.
    private static let field: Value = [
        "type": "object", "minProperties": 1, "patternProperties": ["^x-": true],
        "properties": .object(Value.Object(EventPath.known.map { ($0, SchemaPart.ref("fieldMatcher")) })),
        "additionalProperties": SchemaPart.ref("fieldMatcher"),
    ]

    // MARK: Matchers

    private static let textKeys: [(String, Value)] = [
        ("any", described("texts", "At least one keyword is in the text: a whole word or phrase, `cancel*` for a beginning")),
        ("all", described("textsOrNone", "Every one of these keywords is in the text")),
        ("none", described("textsOrNone", "Not one of these keywords is in the text")),
        ("is", described("texts", "The whole text is one of these")),
        ("starts", described("texts", "The text begins with one of these")),
        ("ends", described("texts", "The text ends with one of these")),
        ("substring", described("texts", "One of these is somewhere in the text, also within a word")),
        ("regex", described("texts", "One of these regular expressions (PCRE2, caseless) is found in the text as written")),
        ("length", length),
        ("empty", described("flag", "Whether nothing but white space is in the text")),
        ("case", SchemaPart.described(exact, "`exact`: upper and lower case count")),
        ("accents", SchemaPart.described(exact, "`exact`: accents count")),
    ]

    private static let fieldKeys: [(String, Value)] = [
        ("gt", SchemaPart.described(SchemaPart.number, "A number greater than this")),
        ("gte", SchemaPart.described(SchemaPart.number, "A number of at least this")),
        ("lt", SchemaPart.described(SchemaPart.number, "A number less than this")),
        ("lte", SchemaPart.described(SchemaPart.number, "A number of at most this")),
        ("exists", described("flag", "Whether the event has anything there; null does not count")),
        ("not", described("fieldMatcher", "The matcher does not hold")),
    ]

    private static let exact: Value = SchemaPart.choice(of: ["exact"])

    private static let length: Value = SchemaPart.mapping(
        [("min", SchemaPart.integer(from: 0)), ("max", SchemaPart.integer(from: 0))], atLeastOne: true,
        "How many code points the text has, inclusive")

    private static func described(_ name: String, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.ref(name), description)
    }
}
