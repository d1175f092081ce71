package import Model

/// `channel:`: by which channel the conversation runs.
package struct ChannelCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.channel

    package static let fields: [EventField] = [.conversationChannel]

    package static let reference = Reference(
        key: "channel", value: "a channel or a list",
        meaning: "the conversation runs over one of these channels, such as `whatsapp`, `webchat` or "
            + "`email`",
        example: "channel: [whatsapp, telegram]")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, in: scope) else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        [subject.event.conversation?.channel]
    }
}
