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

    package var outline: ConditionOutline { ConditionOutline(key: "first_message", at: at) }

    package func holds(_ subject: Subject) -> Bool {
        subject.isCustomerMessage && subject.state.hasCustomerMessage != wantsFirst
    }

    package func trace(_ subject: Subject) -> ConditionTrace {
        let actual: Value = subject.isCustomerMessage ? .bool(!subject.state.hasCustomerMessage) : .null
        return ConditionTrace(
            condition: "first_message", at: at, wanted: .bool(wantsFirst), actual: actual,
            hint: subject.isCustomerMessage ? nil : "the event is no message of the customer")
    }
}
