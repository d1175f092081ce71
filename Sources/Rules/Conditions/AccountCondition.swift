import Model

/// `account:`: which configured account the event belongs to.
package struct AccountCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.account

    package static let reference = Reference(
        key: "account", value: "an account's name or a list",
        meaning: "the event belongs to one of these accounts of the configuration",
        example: "account: main")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, in: scope) else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        [subject.event.account]
    }
}
