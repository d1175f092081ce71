package import Model

/// `first_message:`: whether the customer writes for the first time in this conversation.
package struct FirstMessageCondition: Condition {
    private let wantsFirst: Bool
    private let at: SourcePosition

    package static let reference = Reference(
        key: "first_message", value: "`true` or `false`",
        meaning: "the message is the customer's first in this conversation (`true`), or any later one (`false`); messages of "
            + "others are neither",
        example: "first_message: true")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let wantsFirst = scope.flag(value) else { return nil }
        self.wantsFirst = wantsFirst
        at = key.keyAt
    }

    package var formula: Formula {
        let demand = EventDemand(.history, .firstMessage, at: at, condition: "first_message")
        let anyMessage = EventDemand(.history, .repeated(times: 1, within: .milliseconds(1)), at: at, condition: "first_message")
        return wantsFirst ? .demand(demand) : .all([.demand(anyMessage), .demand(demand.negated)])
    }

    package var outline: ConditionOutline { ConditionOutline(key: "first_message", at: at) }

    package func holds(_ subject: Subject) -> Bool {
        subject.isCustomerMessage && subject.state.hasCustomerMessage != wantsFirst
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        let actual: Value = subject.isCustomerMessage ? .bool(!subject.state.hasCustomerMessage) : .null
        return ConditionTrace(
            condition: "first_message", at: at, wanted: .bool(wantsFirst), actual: actual,
            hint: hint(subject))
    }

    private func hint(_ subject: Subject) -> String? {
        guard subject.isCustomerMessage else { return "the event is no message of the customer" }
        guard !holds(subject) else { return nil }
        return wantsFirst
            ? "the customer has written before in this conversation" : "it is the customer's first message in this conversation"
    }
}
