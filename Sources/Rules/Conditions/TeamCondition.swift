package import Model

/// `team:`: the conversation's team.
package struct TeamCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.team

    package static let fields: [EventField] = [.conversationTeam]

    package static let reference = Reference(
        key: "team", value: "an id or name, or a list",
        meaning: "the conversation is with one of these teams, by the vendor's id or by a name from "
            + "the account's `names`",
        example: "team: night shift")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, in: scope) else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        let id = subject.event.conversation?.team
        return [id] + subject.account.names.teams.names(of: id)
    }

    package func hint(_ words: [String?], _ subject: Subject) -> String? { nameHint(words, .teams, subject) }
}
