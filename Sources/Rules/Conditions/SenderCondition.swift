import Model

/// `sender:`: who wrote the message.
package struct SenderCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.sender

    package static let reference = Reference(
        key: "sender", value: "`customer`, `agent`, `bot`, `system`, or a list",
        meaning: "the one who caused the event has one of these roles",
        example: "sender: [agent, bot]")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, known: SenderRole.allCases.map(\.rawValue), what: "sender", in: scope)
        else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        [subject.event.sender?.role.rawValue]
    }
}
