package import Model
import Rules
import Storage
import VendorKit
import Vendors

/// What is asked about an observed rule.
package struct ObservationQuery: Sendable, Hashable {
    package var rule: String
    package var since: Instant
    /// How long after an event an agent's message counts as its answer.
    package var answerWindow: Duration
    /// Of each kind of action, at most so many.
    package var examples: Int

    package init(rule: String, since: Instant, answerWindow: Duration, examples: Int) {
        self.rule = rule
        self.since = since
        self.answerWindow = answerWindow
        self.examples = examples
    }
}

/// What the ledger knows of what rules did.
struct RuleHistory {
    let ledger: any Ledger
    /// Reads the events of a captured webhook again.
    let events: @Sendable (Capture) -> [Event]

    /// More times than this are not looked at: the latest are.
    static let mostObservations = 20_000

    // MARK: Observed rules

    /// The times at which the rule held while it was observed, and what was so then.
    func observations(_ query: ObservationQuery) async throws(StoreError) -> [Observation] {
        var found: [Observation] = []
        var places: [String: Int] = [:]
        var before: Int64?
        repeat {
            let page = try await ledger.ruleUses(of: query.rule, since: query.since, before: before)
            for use in page.uses where use.isHeldBack {
                guard let entry = try await ledger.effect(use.id), let effect = entry.effect,
                    effect.status == .suppressed(.observe)
                else { continue }
                if let place = places[use.eventID] {
                    // Newest first.
                    found[place].actions.insert(effect.action, at: 0)
                } else {
                    places[use.eventID] = found.count
                    found.append(Observation(entry, effect))
                }
            }
            before = found.count < Self.mostObservations ? page.next : nil
        } while before != nil
        let received = found.map(\.at).min()
        try await hearMessages(&found)
        if let received { try await hearAgents(&found, since: received, within: query.answerWindow) }
        return found
    }

    /// What the customers wrote, as far as the webhooks are kept.
    private func hearMessages(_ observations: inout [Observation]) async throws(StoreError) {
        for place in observations.indices {
            let id = observations[place].eventID
            guard let known = try await ledger.event(id), !known.isInternal,
                let capture = try await ledger.capture(known.webhookID),
                let event = events(capture).first(where: { $0.id.utf8.elementsEqual(id.utf8) })
            else { continue }
            observations[place].at = event.occurredAt
            observations[place].text = event.message?.text
        }
    }

    /// When human agents next wrote: by the webhooks that are kept, in one pass.
    private func hearAgents(
        _ observations: inout [Observation], since: Instant, within window: Duration
    ) async throws(StoreError) {
        let conversations = Set(observations.map(\.key))
        var times: [ConversationKey: [Instant]] = [:]
        var query = CaptureQuery(since: since, kind: .messageSent)
        repeat {
            let page = try await ledger.captures(query)
            for capture in page.captures where capture.events.contains(where: { conversations.contains($0.conversation) }) {
                for event in events(capture) where conversations.contains(event.conversationKey) && event.isAgentsOwnMessage {
                    if try await !isOurs(event) { times[event.conversationKey, default: []].append(event.occurredAt) }
                }
            }
            query.after = page.next
        } while query.after != nil
        observations.noteAnswers(times, within: window)
    }

    private func isOurs(_ event: Event) async throws(StoreError) -> Bool {
        for id in [event.message?.id, event.message?.clientID].compactMap(\.self) {
            if try await !ledger.ledger(for: .message(id, account: event.account), limit: 1).isEmpty { return true }
        }
        return false
    }

    // MARK: All rules

    /// How often each rule ran, and when last.
    struct Runs: Sendable, Hashable {
        var ran = 0
        /// It held, and nothing of it was done.
        var heldBack = 0
        var lastRan: Instant?
        var lastHeldBack: Instant?
    }

    func runs(since: Instant) async throws(StoreError) -> [String: Runs] {
        var runs: [String: Runs] = [:]
        // The effects of one event and rule follow one another.
        var last: [String: (event: String, ran: Bool)] = [:]
        var before: Int64?
        repeat {
            let page = try await ledger.ruleUses(of: nil, since: since, before: before)
            for use in page.uses {
                let isSame = last[use.rule].map { $0.event.utf8.elementsEqual(use.eventID.utf8) } ?? false
                let hadRun = isSame && last[use.rule]?.ran == true
                runs[use.rule, default: Runs()].count(use, isSame: isSame, hadRun: hadRun)
                last[use.rule] = (use.eventID, hadRun || !use.isHeldBack)
            }
            before = page.next
        } while before != nil
        return runs
    }
}

extension RuleHistory.Runs {
    fileprivate mutating func count(_ use: RuleUse, isSame: Bool, hadRun: Bool) {
        switch (isSame, use.isHeldBack) {
        case (false, false):
            ran += 1
            lastRan = max(lastRan ?? use.createdAt, use.createdAt)
        case (false, true):
            heldBack += 1
            lastHeldBack = max(lastHeldBack ?? use.createdAt, use.createdAt)
        case (true, false) where !hadRun:
            // Some of it went out after all.
            heldBack -= 1
            ran += 1
            lastRan = max(lastRan ?? use.createdAt, use.createdAt)
        case (true, _): break
        }
    }

    var value: Value.Object {
        [
            "ran": .integer(Int64(ran)), "held_back": .integer(Int64(heldBack)), "last_ran_at": .optional(lastRan?.iso8601),
            "last_held_back_at": .optional(lastHeldBack?.iso8601),
        ]
    }
}

extension Observation {
    fileprivate init(_ entry: LedgerEntry, _ effect: Effect) {
        self.init(
            at: entry.createdAt, eventID: entry.eventID, account: entry.conversation.account,
            conversation: entry.conversation.conversation, contact: effect.target.contactID, channel: effect.target.channel,
            handler: entry.origin?.handler, actions: [effect.action])
    }

    fileprivate var key: ConversationKey { ConversationKey(account: account, conversation: conversation) }
}

extension [Observation] {
    /// - Parameter times: when human agents wrote.
    package mutating func noteAnswers(_ times: [ConversationKey: [Instant]], within window: Duration) {
        for place in indices {
            let at = self[place].at
            self[place].answeredAt = times[self[place].key]?.filter { $0 > at && $0.since(at) <= window }.min()
        }
    }
}
