package import Model
package import Rules

/// One time at which an observed rule held, and what was so then.
package struct Observation: Sendable, Hashable {
    package var at: Instant
    package var eventID: String
    package var account: String
    package var conversation: String
    package var contact: String?
    package var channel: String?
    /// The message's text; nil where the event has none, or is no longer kept.
    package var text: String?
    /// Who had the conversation; nil where that was not recorded.
    package var handler: Handler?
    package var actions: [Action]
    /// When a human agent next wrote in the conversation, if that was soon enough to be looked for.
    package var answeredAt: Instant?

    package init(
        at: Instant, eventID: String, account: String, conversation: String, contact: String? = nil, channel: String? = nil,
        text: String? = nil, handler: Handler? = nil, actions: [Action] = [], answeredAt: Instant? = nil
    ) {
        self.at = at
        self.eventID = eventID
        self.account = account
        self.conversation = conversation
        self.contact = contact
        self.channel = channel
        self.text = text
        self.handler = handler
        self.actions = actions
        self.answeredAt = answeredAt
    }
}

/// What a rule in `mode: observe` would have done.
package struct ObservationReport: Sendable, Hashable {
    package var rule: RulePlace
    package var mode: RuleMode
    package var since: Instant?
    /// How long after an event an agent's message counts as its answer.
    package var answerWindow: Duration
    /// In order of time.
    package var judged: [Judged]

    package struct Judged: Sendable, Hashable {
        package var observation: Observation
        /// Why nothing of it would have been done; nil when something would.
        package var suppression: SuppressionReason?
        /// What would have been done.
        package var actions: [Action]
    }

    /// Judges each observation as if the rule had been live: a human who has the conversation, and `once_per`, which an observed
    /// rule does not use up.
    package init(
        _ observations: [Observation], of rule: Rule, since: Instant?, answerWindow: Duration
    ) {
        self.rule = RulePlace(id: rule.id, at: rule.at)
        mode = rule.mode
        self.since = since
        self.answerWindow = answerWindow
        var lastUse: [CooldownKey: Instant] = [:]
        judged = observations.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }
            .map(\.element)
            .map { observation in Self.judged(observation, rule, &lastUse) }
    }

    private static func judged(
        _ observation: Observation, _ rule: Rule, _ lastUse: inout [CooldownKey: Instant]
    ) -> Judged {
        let keys = rule.oncePer.map { scope, window in
            (key: key(scope, rule.id, observation), window: window)
        }
        guard keys.allSatisfy({ $0.window.isFree(lastUse: lastUse[$0.key], now: observation.at) }) else {
            return Judged(observation: observation, suppression: .oncePer, actions: [])
        }
        let yields = observation.handler == .human && !rule.actsBesideHuman
        let actions = observation.actions.filter { !yields || !$0.yieldsToHuman }
        guard !actions.isEmpty else { return Judged(observation: observation, suppression: .human, actions: []) }
        for key in keys { lastUse[key.key] = observation.at }
        return Judged(observation: observation, suppression: nil, actions: actions)
    }

    private static func key(_ scope: CooldownScope, _ rule: String, _ observation: Observation) -> CooldownKey {
        let subject =
            switch scope {
            case .conversation: observation.conversation
            case .contact: observation.contact ?? observation.conversation
            case .account: ""
            }
        return CooldownKey(account: observation.account, scope: scope, subject: subject, rule: rule)
    }
}

extension ObservationReport {
    /// How often an action would have been done, by its kind, in the order of first occurrence.
    package var actionCounts: [(kind: ActionKind, count: Int)] {
        var counts: [(kind: ActionKind, count: Int)] = []
        for action in judged.flatMap(\.actions) {
            if let place = counts.firstIndex(where: { $0.kind == action.kind }) {
                counts[place].count += 1
            } else {
                counts.append((action.kind, 1))
            }
        }
        return counts
    }

    package var runCount: Int { judged.count { $0.suppression == nil } }

    /// - Parameter examples: how many of each kind of action to show at most; the latest.
    package func value(examples: Int) -> Value {
        let human = judged.count { $0.observation.handler == .human }
        let unknown = judged.count { $0.observation.handler == nil }
        let answered = judged.count { $0.observation.answeredAt != nil }
        var effects: [Value] = []
        for (kind, count) in actionCounts {
            let shown = judged.filter { $0.actions.contains { $0.kind == kind } }.suffix(max(0, examples))
            effects.append([
                "action": .string(kind.rawValue), "count": .integer(Int64(count)),
                "examples": .array(shown.map { Self.example($0, kind) }),
            ])
        }
        return [
            "schema": 1, "rule": .string(rule.id), "at": .string(rule.at.text), "mode": .string(mode.rawValue),
            "since": .optional(since?.iso8601), "events": .integer(Int64(judged.count)),
            "would_run": .integer(Int64(runCount)),
            "suppressed": [
                "human": .integer(Int64(judged.count { $0.suppression == .human })),
                "once_per": .integer(Int64(judged.count { $0.suppression == .oncePer })),
            ],
            "human_handling": .integer(Int64(human)), "handler_unknown": .integer(Int64(unknown)),
            "agent_answered": .integer(Int64(answered)),
            "agent_answered_within_s": .integer(answerWindow.wholeMilliseconds / 1000),
            "conversations": .integer(Int64(Set(judged.map { $0.observation.conversation }).count)),
            "effects": .array(effects),
        ]
    }

    private static func example(_ judged: Judged, _ kind: ActionKind) -> Value {
        let observation = judged.observation
        return [
            "at": .string(observation.at.iso8601), "event": .string(observation.eventID),
            "account": .string(observation.account), "conversation": .string(observation.conversation),
            "channel": .optional(observation.channel), "text": .optional(observation.text),
            "handler": .optional(observation.handler?.rawValue),
            "values": .array(judged.actions.filter { $0.kind == kind }.map(\.value)),
            "agent_answered_at": .optional(observation.answeredAt?.iso8601),
        ]
    }
}
