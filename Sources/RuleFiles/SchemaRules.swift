import Model
import Rules

/// The schema of rules and schedules.
enum SchemaRules {
    static let definitions: [(String, Value)] = [("id", id), ("rule", rule), ("schedule", schedule), ("hours", hours)]

    /// An id of digits alone is a number to an editor.
    private static let id: Value = ["type": ["string", "number", "boolean", "null"], "pattern": "^[a-z0-9][a-z0-9_-]*$"]

    private static let rule = SchemaPart.mapping(
        [
            ("id", SchemaPart.described(SchemaPart.ref("id"), "Unique in the set: a-z, 0-9, `-` and `_`")),
            ("why", SchemaPart.described(SchemaPart.ref("text"), "For people: shown by `bellhop explain`")),
            ("on", on),
            ("priority", SchemaPart.described(SchemaPart.integer(), "Higher is tried first; default 0")),
            ("when", SchemaPart.described(SchemaPart.orBlank(SchemaPart.ref("conditions")), "Every line must hold")),
            ("do", SchemaPart.described(SchemaPart.ref("actions"), "What is done, in order")),
            (
                "then",
                word(RuleContinuation.allCases.map(\.rawValue), "Whether rules behind this one are tried too; default `stop`")
            ),
            ("once_per", oncePer),
            (
                "mode",
                word(RuleMode.allCases.map(\.rawValue), "`observe`: decided and recorded, nothing is sent; default `live`")
            ),
            ("human", word(["silent", "act"], "Whether it acts while a human has the conversation; default `silent`")),
            ("interrupts", word(["flow"], "Tried before a running flow")),
        ], required: ["id", "do"])

    private static func word(_ words: [String], _ description: String) -> Value {
        SchemaPart.described(SchemaPart.choice(of: words), description)
    }

    private static let on = SchemaPart.described(
        SchemaPart.anyOf([
            SchemaPart.oneOrMore(
                SchemaPart.choice(of: EventKind.allCases.filter { $0 != .conversationIdle }.map(\.rawValue))),
            SchemaPart.mapping(
                [
                    (
                        "idle",
                        SchemaPart.described(
                            SchemaPart.ref("duration"), "Runs once when so long has passed since the last message of that side")
                    ),
                    (
                        "since",
                        word(
                            IdleSide.allCases.map(\.rawValue),
                            "Whose last message; one of the other side cancels it. `any`, the default: also a bot's")
                    ),
                ], required: ["idle"], "A silence timer"),
        ]), "The kinds of events that the rule listens to; default `message.received`")

    private static let oncePer = SchemaPart.mapping(
        CooldownScope.allCases.map { scope in
            (
                scope.rawValue,
                SchemaPart.described(
                    SchemaPart.anyOf([SchemaPart.ref("duration"), SchemaPart.choice(of: ["ever"])]),
                    "A time, or `ever`: the rule runs once in that for each \(scope.rawValue)")
            )
        }, atLeastOne: true, "How often the rule may run; several keys must all be free")

    // MARK: Schedules

    private static let hours: Value = SchemaPart.described(
        SchemaPart.ref("textsOrNone"), "`09:00-18:00`, or a list of such ranges; an empty list is closed")

    private static let schedule = SchemaPart.mapping(
        [
            ("tz", SchemaPart.described(SchemaPart.ref("text"), "An IANA zone: `America/Sao_Paulo`")),
            ("hours", week),
            ("closed", SchemaPart.described(SchemaPart.ref("textsOrNone"), "Holidays: `[2026-12-25]`")),
            ("open", SchemaPart.map(of: SchemaPart.ref("hours"), "Days with hours of their own: `2026-12-24: '09:00-12:00'`")),
        ], required: ["tz"])

    private static let week: Value = [
        "type": "object", "description": "Hours by day (`mon`) or range of days (`mon-fri`); a later key replaces an earlier one",
        "properties": .object(Value.Object((["mon-fri"] + Weekday.keys).map { ($0, SchemaPart.ref("hours")) })),
        "propertyNames": ["pattern": .string("^(\(days))(-(\(days)))?$")], "additionalProperties": SchemaPart.ref("hours"),
    ]

    private static let days = Weekday.keys.joined(separator: "|")
}
