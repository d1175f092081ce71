package import Model

/// `handler:`: who has the conversation.
package struct HandlerCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.handler

    package static let fields: [EventField] = [.conversationHandler]

    package static let reference = Reference(
        key: "handler", value: "`bot`, `queue`, `human`, `closed`, `unknown`, or a list",
        meaning: "one of these has the conversation: the bot, the queue, a human agent, nobody any "
            + "more, or not known",
        example: "handler: [bot, queue]")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, known: Handler.allCases.map(\.rawValue), what: "handler", in: scope)
        else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        let handler = subject.event.conversation?.handler
        if handler == .unknown { subject.seek(Self.fields) }
        return [handler?.rawValue]
    }

    package func hint(_ words: [String?], _ subject: Subject) -> String? {
        words.contains(Handler.human.rawValue) ? subject.humanHold(takeover: subject.humanTakeover).text : nil
    }
}
