import Model
import Rules

/// The schema of rule tests.
enum SchemaTestFile {
    static let definitions: [(String, Value)] = [
        ("test", test), ("step", step), ("event", event), ("answer", answer), ("expectation", expectation),
    ]

    private static let test: Value = {
        var test =
            SchemaPart.mapping(
                [
                    ("name", described("text", "What is tested, in words")),
                    ("at", described("text", "Where the virtual clock starts; default `2026-01-05T12:00:00Z`")),
                    ("given", given),
                    ("event", SchemaPart.ref("event")),
                    ("expect", SchemaPart.ref("expectation")),
                    ("steps", SchemaPart.list(of: SchemaPart.ref("step"), atLeast: 1, "A dialogue, in order")),
                ], required: ["name"]
            ).object ?? [:]
        test["oneOf"] = [["required": ["event"]], ["required": ["steps"], "not": ["required": ["expect"]]]]
        return .object(test)
    }()

    private static let given = SchemaPart.mapping(
        [
            ("vars", SchemaPart.map(of: true, "Variables of the conversation")),
            ("tags", described("textsOrNone", "Tags of the conversation")),
            ("handler", SchemaPart.described(words(Handler.self), "Who has the conversation; default `bot`")),
            ("flow", place("^[^/]+/[^/]+$", "`FLOW/STEP`: a flow that has just come to this step")),
        ], "The state that the test begins with")

    private static let step = SchemaPart.line(
        [
            ("event", SchemaPart.ref("event")),
            ("wait", described("duration", "Lets the virtual clock go on; timers come up on the way")),
            ("http", described("answer", "Answers the `http` action with `save` that waits longest")),
        ],
        beside: [
            ("conversation", described("text", "The conversation that is looked at; default the last event's")),
            ("expect", SchemaPart.ref("expectation")),
        ])

    private static let answer: Value = {
        var answer =
            SchemaPart.mapping(
                [
                    ("status", SchemaPart.described(SchemaPart.integer(from: 0, to: 999), "Of HTTP: `200`")),
                    ("headers", SchemaPart.orBlank(SchemaPart.map(of: true, "Names and values"))),
                    ("json", described("anything", "The body, when it is JSON")),
                    ("text", described("text", "The body, when it is anything else")),
                    ("error", described("text", "Why no answer came, such as `timeout`; the status is 0 then")),
                ], "The answer of an `http` action"
            ).object ?? [:]
        answer["anyOf"] = [["required": ["status"]], ["required": ["error"]]]
        answer["not"] = ["required": ["json", "text"]]
        return .object(answer)
    }()

    // MARK: Events

    private static let event = SchemaPart.anyOf([
        SchemaPart.mapping(members),
        SchemaPart.mapping(
            [
                ("payload", described("text", "A captured payload, relative to this file")),
                ("vendor", SchemaPart.ref("vendor")), ("account", SchemaPart.ref("text")),
            ], required: ["payload"]),
    ])

    private static let members: [(String, Value)] = [
        ("kind", words(EventKind.self)), ("vendor", SchemaPart.ref("vendor")), ("account", SchemaPart.ref("text")),
        ("channel", SchemaPart.ref("text")), ("text", described("text", "The message's text")),
        (
            "sender",
            SchemaPart.anyOf([
                words(SenderRole.self),
                SchemaPart.mapping([("role", words(SenderRole.self))] + texts("id", "name"), required: ["role"]),
            ])
        ),
        ("handler", words(Handler.self)), ("department", SchemaPart.ref("text")), ("team", SchemaPart.ref("text")),
        ("agent", orID(texts("id", "name", "username", "email"))), ("tags", SchemaPart.ref("textsOrNone")),
        ("contact", orID(texts("id", "name", "first_name", "email", "phone") + [("attributes", SchemaPart.map(of: true))])),
        (
            "conversation",
            orID(
                texts("id", "channel", "status", "department", "team", "topic")
                    + [("handler", words(Handler.self)), ("tags", SchemaPart.ref("textsOrNone"))])
        ),
        (
            "message",
            orID(texts("id", "text", "in_reply_to") + [("type", words(MessageType.self)), ("attachments", attachments)])
        ),
        ("raw", described("anything", "The vendor's payload, for `raw.…` paths")),
        ("details", described("anything", "What belongs to the kind, for `details.…` paths")),
    ]

    private static let attachments = SchemaPart.list(
        of: SchemaPart.mapping(
            [("type", words(MessageType.self)), ("size", SchemaPart.integer(from: 0))] + texts("name", "url")))

    /// An id alone, or a mapping.
    private static func orID(_ members: [(String, Value)]) -> Value {
        SchemaPart.anyOf([SchemaPart.ref("text"), SchemaPart.mapping(members)])
    }

    private static func texts(_ names: String...) -> [(String, Value)] { names.map { ($0, SchemaPart.ref("text")) } }

    // MARK: Expectations

    private static let expectation = SchemaPart.mapping(
        [
            ("rules", described("textsOrNone", "The live rules that held: exactly these, in this order")),
            ("observed", described("textsOrNone", "The observed rules that held, in this order")),
            ("effects", SchemaPart.list(of: effect, "What leaves Bellhop: exactly these, in this order")),
            ("suppressed", SchemaPart.list(of: heldBack(withReason: true), "What was held back, and why: exactly these")),
            ("unsupported", SchemaPart.list(of: heldBack(withReason: false), "What the vendor cannot do: exactly these")),
            (
                "not",
                SchemaPart.described(SchemaPart.oneOrMore(words(ActionKind.self), mayBeEmpty: true), "None of these actions")
            ),
            ("flow", flow),
            ("vars", SchemaPart.map(of: true, "Variables afterwards")),
            ("handler", SchemaPart.described(words(Handler.self), "Who has the conversation afterwards")),
        ], atLeastOne: true, "What is expected; what is not named is not checked")

    /// One action and its value: all of it, a matcher on its text, or a part of it.
    private static let effect = SchemaPart.line(
        ActionCatalog.references.filter { !["set", "start", "stop_flow"].contains($0.key) }.map { reference in
            (reference.key, described("anything", reference.meaning))
        })

    private static func heldBack(withReason: Bool) -> Value {
        SchemaPart.mapping(
            [("rule", SchemaPart.ref("text")), ("action", words(ActionKind.self))]
                + (withReason ? [("reason", words(SuppressionReason.self))] : []))
    }

    private static let flow = SchemaPart.described(
        SchemaPart.anyOf([
            place("^([^/]+/[^/]+|ended|none)$"),
            SchemaPart.mapping(
                [("ended", SchemaPart.described(words(FlowEndReason.self), "Why it ended"))], required: ["ended"]),
        ]), "Where the flow stands: `FLOW/STEP`; `ended` or `{ ended: REASON }` in this step; or `none`")

    // MARK: Parts

    private static func words<Word: RawRepresentable & CaseIterable>(_: Word.Type) -> Value where Word.RawValue == String {
        SchemaPart.choice(of: Word.allCases.map(\.rawValue))
    }

    private static func place(_ pattern: String, _ description: String? = nil) -> Value {
        SchemaPart.described(["type": "string", "pattern": .string(pattern)], description)
    }

    private static func described(_ name: String, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.ref(name), description)
    }
}
