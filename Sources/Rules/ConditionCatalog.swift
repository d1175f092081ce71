/// Every condition of the rule language. A new one is a file in `Conditions/` and a line here.
package enum ConditionCatalog {
    /// Rows of the reference, in the order in which it shows them.
    package static let references: [Reference] = types.map { $0.reference }

    private static let types: [any Condition.Type] = [
        TextCondition.self, ChannelCondition.self, VendorCondition.self, AccountCondition.self, KindCondition.self,
        SenderCondition.self, DepartmentCondition.self, TeamCondition.self, AgentCondition.self, TagsCondition.self,
        HandlerCondition.self, ScheduleCondition.self, FirstMessageCondition.self, RepeatedCondition.self,
        FieldCondition.self, GroupCondition.self,
    ]

    /// A type with several keys names them all in its reference.
    private static let typesByKey: [(key: String, type: any Condition.Type)] = types.flatMap { type in
        type.reference.key.split(separator: ", ").map { (String($0), type) }
    }

    /// `text`, `channel`, … in the order of the reference.
    package static let keys: [String] = typesByKey.map(\.key)

    /// Reads the lines of a `when`; every line must hold. Reports everything that is wrong; nil when a line cannot be read.
    package static func conditions(_ lines: RuleNode, in scope: DecodingScope) -> [any Condition]? {
        guard let nodes = lines.sequence else {
            return scope.wrongType("a list of conditions", lines, help: "write each condition as a line: `- text: refund`")
        }
        let conditions = nodes.map { condition($0, in: scope) }
        let readable = conditions.compactMap(\.self)
        return readable.count == conditions.count ? readable : nil
    }

    /// Reads one line, which has exactly one key.
    private static func condition(_ line: RuleNode, in scope: DecodingScope) -> (any Condition)? {
        guard let entries = line.mapping?.filter({ !$0.isAuthorsOwn }) else {
            return scope.wrongType("a condition", line, help: "write a key and a value: `text: refund`")
        }
        guard let entry = entries.first else {
            scope.error(.missingKey, "the line has no condition", at: line, help: "write a key and a value: `text: refund`")
            return nil
        }
        for extra in entries.dropFirst() {
            scope.error(
                .badValue, "a line has one condition, and '\(entry.key)' stands here already", atKeyOf: extra,
                help: "begin a line of its own with `- \(extra.key):`")
        }
        let read = entries.map { condition($0, in: scope) }
        return entries.count == 1 ? read[0] : nil
    }

    private static func condition(_ entry: RuleNode.Entry, in scope: DecodingScope) -> (any Condition)? {
        guard let type = typesByKey.first(where: { $0.key.utf8.elementsEqual(entry.key.utf8) })?.type else {
            let help =
                nearest(to: entry.key, among: keys).map { "did you mean '\($0)'?" }
                ?? "conditions are \(listed(keys.map { "`\($0)`" }, "and"))"
            scope.error(.unknownKey, "there is no condition '\(entry.key)'", atKeyOf: entry, help: help)
            return nil
        }
        return type.init(entry.value, key: entry, in: scope)
    }
}
