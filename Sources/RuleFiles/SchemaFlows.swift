import Model

/// The schema of flows.
enum SchemaFlows {
    static let definitions: [(String, Value)] = [("flow", flow), ("step", step)]

    private static let flow = SchemaPart.mapping(
        [
            ("id", SchemaPart.described(SchemaPart.ref("id"), "Unique among flows: a-z, 0-9, `-` and `_`")),
            ("why", described("text", "For people")),
            ("start", described("text", "The first step")),
            ("expires", described("duration", "The flow ends when no answer was understood for so long; default 7d")),
            (
                "steps",
                [
                    "type": "object", "minProperties": 1, "additionalProperties": SchemaPart.ref("step"),
                    "description": "Steps by their names",
                ]
            ),
        ], required: ["id", "start", "steps"], "A dialogue of several steps, begun by the action `start`")

    private static let step: Value = {
        var step =
            SchemaPart.mapping(
                [
                    ("say", described("message", "A message to the customer, before `do`")),
                    ("do", described("actions", "What is done, in order; an `http` with `save` is waited for")),
                    ("choices", choices),
                    ("expect", expectations),
                    ("otherwise", otherwise),
                    ("timeout", timeout),
                    ("next", next),
                    ("end", SchemaPart.described(SchemaPart.isTrue, "The flow ends here")),
                ], "Says, does, then waits (`choices`, `expect`), goes on (`next`) or ends (`end`)"
            ).object ?? [:]
        step["anyOf"] = oneOf(["expect", "choices", "next", "end"])
        let waits: Value = ["anyOf": oneOf(["expect", "choices"])]
        step["dependencies"] = ["otherwise": waits, "timeout": waits]
        return .object(step)
    }()

    private static let choices = SchemaPart.list(
        of: SchemaPart.mapping(
            [
                ("label", described("text", "The button; chosen by its number, by the whole label or by a keyword")),
                ("keywords", described("texts", "Words that choose it anywhere in the message; `cancel*` for a beginning")),
                ("set", described("set", "Variables that the answer sets")),
                ("next", stepName),
            ], required: ["label", "next"]), atLeast: 1, "Buttons, or a numbered list where the vendor has none")

    private static let expectations = SchemaPart.list(
        of: SchemaPart.mapping(
            [
                ("when", described("conditions", "Every line must hold for the answer")),
                ("set", described("set", "Variables that the answer sets; `match.…` is what `when` captured")),
                ("next", stepName),
            ],
            required: ["when", "next"]), atLeast: 1, "Answers that are understood, tried in order")

    private static let otherwise: Value = {
        var otherwise =
            SchemaPart.mapping(
                [
                    ("say", described("message", "Said to an answer that is not understood")),
                    (
                        "times",
                        SchemaPart.described(
                            SchemaPart.integer(from: 1, to: 100), "How often it is said at most; default 1; needs `next`")
                    ),
                    ("next", SchemaPart.described(stepName, "The step that the next one leads to")),
                ], "What is done about an answer that is not understood; without it the rules are tried"
            ).object ?? [:]
        otherwise["anyOf"] = oneOf(["say", "next"])
        otherwise["dependencies"] = ["times": ["next"]]
        return .object(otherwise)
    }()

    private static let timeout = SchemaPart.mapping(
        [
            ("after", described("duration", "How long the step waits; an answer that is not understood restarts it")),
            ("next", stepName),
        ],
        required: ["after", "next"], "Where silence leads")

    private static let next = SchemaPart.described(
        SchemaPart.anyOf([
            stepName,
            SchemaPart.list(
                of: SchemaPart.mapping(
                    [
                        ("when", described("conditions", "Every line must hold; left out, the branch is always taken")),
                        ("step", stepName),
                    ],
                    required: ["step"]), atLeast: 1),
        ]), "The step to go on with, or branches of which the first that holds is taken")

    private static let stepName = described("text", "A step of this flow")

    private static func described(_ name: String, _ description: String) -> Value {
        SchemaPart.described(SchemaPart.ref(name), description)
    }

    private static func oneOf(_ keys: [String]) -> Value { .array(keys.map { ["required": [.string($0)]] }) }
}
