import Model

/// The schema of flows.
enum SchemaFlows {
    static let definitions: [(String, Value)] = [("flow", flow), ("step", step)]

    private static let flow = SchemaPart.mapping(
        [
            ("id", SchemaPart.described(SchemaPart.ref("id"), "Unique among flows: a-z, 0-9, `-` and `_`")),
            ("why", SchemaPart.ref("text")),
            ("start", SchemaPart.described(SchemaPart.ref("text"), "The first step")),
            ("expires", SchemaPart.described(SchemaPart.ref("duration"), "A flow that nobody answers for so long ends")),
            (
                "steps",
                [
                    "type": "object", "minProperties": 1, "additionalProperties": SchemaPart.ref("step"),
                    "description": "Steps by their names",
                ]
            ),
        ], required: ["id", "start", "steps"])

    private static let step: Value = {
        var step =
            SchemaPart.mapping([
                ("say", SchemaPart.described(SchemaPart.ref("message"), "A message to the customer")),
                ("do", SchemaPart.ref("actions")),
                ("choices", choices),
                ("expect", expectations),
                ("otherwise", otherwise),
                ("timeout", timeout),
                ("next", next),
                ("end", SchemaPart.described(SchemaPart.isTrue, "The flow ends here")),
            ]).object ?? [:]
        step["anyOf"] = .array(["expect", "choices", "next", "end"].map { ["required": [.string($0)]] })
        return .object(step)
    }()

    private static let choices = SchemaPart.list(
        of: SchemaPart.mapping(
            [
                ("label", SchemaPart.ref("text")),
                ("keywords", SchemaPart.described(SchemaPart.ref("texts"), "Words that choose it, too")),
                ("set", SchemaPart.ref("set")), ("next", stepName),
            ], required: ["label", "next"]), atLeast: 1, "Buttons, or a numbered list where the vendor has none")

    private static let expectations = SchemaPart.list(
        of: SchemaPart.mapping(
            [("when", SchemaPart.ref("conditions")), ("set", SchemaPart.ref("set")), ("next", stepName)],
            required: ["when", "next"]), atLeast: 1, "Answers that are understood, tried in order")

    private static let otherwise = SchemaPart.mapping(
        [("say", SchemaPart.ref("message")), ("times", SchemaPart.integer(from: 1, to: 100)), ("next", stepName)],
        atLeastOne: true, "What is said to an answer that is not understood, and where the next one leads")

    private static let timeout = SchemaPart.mapping(
        [("after", SchemaPart.ref("duration")), ("next", stepName)], required: ["after", "next"], "Where silence leads")

    private static let next = SchemaPart.anyOf([
        stepName,
        SchemaPart.list(
            of: SchemaPart.mapping([("when", SchemaPart.ref("conditions")), ("step", stepName)], required: ["step"]), atLeast: 1),
    ])

    private static let stepName = SchemaPart.described(SchemaPart.ref("text"), "A step of this flow")
}
