import Matching
package import Model
import Zones

/// Decides what the rules say about an event.
///
/// `decide` is a function: the same event, state and `now` always give the same decision; it reads no clock and does no
/// I/O. `serve`, `test`, `dry-run` and `explain` all use this one.
package struct Engine: Sendable {
    package let rules: RuleSet
    package let accounts: [String: Account]
    package let profiles: [VendorID: VendorProfile]
    package let limits: DecisionLimits
    /// Notes in `Decision.evaluations` what was tried. All rules that listen to the event are tried then in their order, also
    /// those that the index would leave out; what is decided is the same.
    package var isRecording = false
    /// Notes in `MatchedRule.held` what the lines of a rule met. False for runs of millions of events that nobody asks why;
    /// what is decided is the same.
    package var isTracing = true
    private let zones: [String: Zone]

    /// An account that is not among `accounts` is taken to have no names, no bots and its vendor's default zone.
    package init(
        rules: RuleSet, accounts: [String: Account] = [:], profiles: [VendorID: VendorProfile] = [:],
        limits: DecisionLimits = DecisionLimits()
    ) {
        self.rules = rules
        self.accounts = accounts
        self.profiles = profiles
        self.limits = limits
        zones = accounts.compactMapValues { $0.timeZone.flatMap { Zone($0) } }
    }

    /// The cooldowns that deciding this event may ask for.
    package func cooldownKeys(for event: Event) -> [CooldownKey] {
        rules.candidates(for: event.kind, text: event.message.map { FoldedText($0.text) })
            .map { rules.rules[$0] }
            .flatMap { rule in rule.oncePer.keys.map { cooldownKey($0, rule: rule.id, event: event) } }
    }

    /// Places in `rules` of the rules that the index leaves for a vendor's event: those left out cannot hold for it.
    package func candidates(for event: Event) -> [Int] {
        rules.candidates(for: event.kind, text: event.message.map { FoldedText($0.text) })
    }

    /// - Parameters:
    ///   - event: as decoded; own messages are marked as a bot's (`Event.markedAsOwn`).
    ///   - now: the event's time on the clock in use.
    ///   - explaining: also tries the rules that the index or an earlier stop leaves out, and tells why each held or not.
    ///     The rest of the decision is the same.
    package func decide(_ event: Event, state: DecisionState, now: Instant, explaining: Bool = false) -> Decision {
        decide(
            event, about: .event, from: state.conversation, cooldowns: state.cooldowns, now: now, explaining: explaining)
    }

    func decide(
        _ event: Event, about cause: DecisionCause, from state: ConversationState, cooldowns: [CooldownKey: Instant],
        now: Instant, explaining: Bool
    ) -> Decision {
        let tellsTags = event.conversation?.tags != nil
        let timersBefore = state.timers
        var (resolved, before) = (event, state)
        let news = ConversationNews(resolving: &resolved, &before, now: now, takeover: limits.humanTakeover)
        let storm = StormGuard(
            limits: limits, state: before, isCustomerMessage: event.kind == .messageReceived, now: now)
        let subject = Subject(
            event: consume resolved, account: accounts[event.account] ?? .unconfigured(event.account, event.vendor),
            zone: zones[event.account] ?? .utc, now: now, state: consume before, tellsTags: tellsTags,
            humanTakeover: limits.humanTakeover)
        if isRecording { subject.evaluations = Evaluations() }
        var pass = DecisionPass(
            engine: self, subject: subject, cause: cause, cooldowns: cooldowns, storm: storm, profile: profiles[event.vendor])
        pass.run(news, explaining: explaining)
        return (consume pass).decision(timersBefore: timersBefore)
    }

    func cooldownKey(_ scope: CooldownScope, rule: String, event: Event) -> CooldownKey {
        // An event that names no contact counts for its conversation: a window without a subject would bind everybody.
        let subject =
            switch scope {
            case .conversation: event.conversationKey.conversation
            case .contact: event.toldContactID ?? event.conversationKey.conversation
            case .account: ""
            }
        return CooldownKey(account: event.account, scope: scope, subject: subject, rule: rule)
    }
}
