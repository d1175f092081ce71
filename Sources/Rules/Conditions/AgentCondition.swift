package import Model

/// `agent:`: the agent who serves the conversation.
package struct AgentCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.agent

    package static let fields: [EventField] = [.agentID, .agentName, .agentUsername]

    package static let reference = Reference(
        key: "agent", value: "an id, name or user name, or a list",
        meaning: "one of these agents serves the conversation, by the vendor's id, name or user name, "
            + "or by a name from the account's `names`",
        example: "agent: ana.souza")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, in: scope) else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        let agent = subject.event.agent
        return [agent?.id, agent?.name, agent?.username] + subject.account.names.agents.names(of: agent?.id)
    }
}
