package import Model

/// What deciding some events needs to read.
package struct DecisionReads: Sendable, Hashable {
    package var conversations: [ConversationKey] = []
    package var cooldowns: [CooldownKey] = []
    /// To be asked whether Bellhop sent them.
    package var messages: [MessageKey] = []

    package init() {}

    /// True: nothing is to be read.
    package var isEmpty: Bool { conversations.isEmpty && cooldowns.isEmpty && messages.isEmpty }
}

/// A message, by the id that its vendor tells or by the one that Bellhop gave it.
package struct MessageKey: Sendable, Hashable {
    /// Of the configuration.
    package var account: String
    package var id: String

    package init(account: String, id: String) {
        self.account = account
        self.id = id
    }
}

/// What was read, each list in the order and of the length of what was asked for.
package struct DecisionFacts: Sendable, Hashable {
    /// One that is not stored is the empty state of version 0.
    package var conversations: [StoredConversation] = []
    /// When each began last; nil for one that never did.
    package var cooldowns: [Instant?] = []
    /// Whether Bellhop sent it.
    package var isOwn: [Bool] = []

    package init() {}
}

/// A conversation without its cooldowns.
package struct StoredConversation: Sendable, Hashable {
    package var state: ConversationState
    /// As `StoredState.version`.
    package var version: Int64

    package init(state: ConversationState, version: Int64) {
        self.state = state
        self.version = version
    }
}

extension Store {
    /// One after another.
    package func facts(for reads: DecisionReads, read tell: @Sendable () -> Void) async throws(StoreError) -> DecisionFacts {
        tell()
        var facts = DecisionFacts()
        for conversation in reads.conversations {
            let stored = try await state(of: conversation, cooldowns: [])
            facts.conversations.append(StoredConversation(state: stored.state.conversation, version: stored.version))
        }
        for cooldown in reads.cooldowns {
            let nowhere = ConversationKey(account: cooldown.account, conversation: "")
            facts.cooldowns.append(try await state(of: nowhere, cooldowns: [cooldown]).state.cooldowns[cooldown])
        }
        for message in reads.messages {
            facts.isOwn.append(try await isOwnMessage(account: message.account, ids: [message.id]))
        }
        return facts
    }
}
