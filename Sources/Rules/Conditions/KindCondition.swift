import Model

/// `kind:`: what happened.
package struct KindCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.kind

    package static let reference = Reference(
        key: "kind", value: "an event kind or a list",
        meaning: "the event is of one of these kinds; useful where `on` lists several",
        example: "kind: conversation.closed")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, known: EventKind.allCases.map(\.rawValue), what: "event kind", in: scope)
        else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        [subject.event.kind.rawValue]
    }
}
