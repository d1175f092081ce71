import Matching
package import Model
import Zones

extension Rule {
    /// Everything that it asks, what it listens to first, a line each; nil for a rule that listens to silence.
    package var formulas: [Formula]? {
        guard case .kinds(let kinds) = trigger else { return nil }
        let words = Set(kinds.map { FoldedText($0.rawValue) })
        return [.demand(EventDemand(.kind, .words(words), at: at, condition: "on"))] + when.map(\.formula)
    }

    /// True when a human who has the conversation keeps it from all that it does.
    package var isSilencedByHumans: Bool { !actsBesideHuman && actions.allSatisfy(\.template.outline.yieldsToHuman) }
}

extension Engine {
    /// The rules that hold on an event, in the order tried, as if not one of them stopped and none was off.
    package func rulesThatHold(on event: Event, state: ConversationState, now: Instant) -> [Rule] {
        let subject = subject(of: event, state: state, now: now)
        return rules.candidates(for: event.kind, text: subject.foldedText(.full)).map { rules.rules[$0] }
            .filter { rule in rule.holds(subject) }
    }

    /// Whether one rule holds on an event, as if there were no other.
    package func holds(_ rule: Rule, on event: Event, state: ConversationState, now: Instant) -> Bool {
        guard case .kinds(let kinds) = rule.trigger, kinds.contains(event.kind) else { return false }
        return rule.holds(subject(of: event, state: state, now: now))
    }

    private func subject(of event: Event, state: ConversationState, now: Instant) -> Subject {
        var (event, state) = (event, state)
        _ = ConversationNews(resolving: &event, &state, now: now, takeover: limits.humanTakeover)
        let account = accounts[event.account] ?? .unconfigured(event.account, event.vendor)
        return Subject(event: event, account: account, zone: .utc, now: now, state: state)
    }

    /// The rules of which the index says that they may hold on a message of this kind, whatever else they ask.
    package func candidates(for kind: EventKind, text: String) -> [Rule] {
        rules.candidates(for: kind, text: FoldedText(text)).map { rules.rules[$0] }
    }
}

extension Rule {
    fileprivate func holds(_ subject: Subject) -> Bool {
        subject.rule = id
        subject.captures = RuleCaptures()
        subject.isLimited = false
        return when.allSatisfy { $0.holds(subject) && !subject.isLimited }
    }
}
