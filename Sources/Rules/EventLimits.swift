import JSON
import Matching
import Model

/// What deciding one event may use up at most (R6). An event over one of these is not carried out: the daemon keeps it as dead,
/// with the reason, and goes on with the next. Steps of flows have a limit of their own, which ends the flow.
enum EventLimits {
    /// Actions that leave Bellhop.
    static let actions = 64
    /// Where a flow ran into its limit of steps, that is what becomes of the event; but no event may have more effects than this,
    /// whatever becomes of them.
    static let effects = 512
    /// Of all regular expressions together; each has a limit of its own.
    static let matching = Duration.milliseconds(250)
    /// Of what one template gives, in bytes.
    static let templateBytes = 16 << 10
    /// Elements of lists that the sections of one template stand at.
    static let templateElements = 100_000
}

/// Which limit an event is over.
enum EventExcess: Sendable, Hashable {
    case matching
    case template

    var text: String {
        switch self {
        case .matching: "more than \(EventLimits.matching.wholeMilliseconds) ms of regular expressions"
        case .template: "more than \(EventLimits.templateBytes) bytes from one template"
        }
    }
}

extension DecisionPass {
    /// Why the decision must not be carried out; nil when it may.
    func fault(of state: ConversationState) -> String? {
        if let excess = subject.excess { return excess.text }
        guard effects.count <= EventLimits.effects else { return "more than \(EventLimits.effects) effects" }
        let actions = effects.count { $0.status == .planned }
        guard isOverrun || actions <= EventLimits.actions else { return "more than \(EventLimits.actions) actions" }
        return state.isLarger(than: engine.limits.stateBytes)
            ? "more than \(engine.limits.stateBytes) bytes of variables, tags and captures in the conversation" : nil
    }
}

extension ConversationState {
    /// By what rules and strangers put into it; the rest is small.
    fileprivate func isLarger(than limit: Int) -> Bool {
        let tagBytes = tags.reduce(0) { $0 + $1.utf8.count }
        guard !variables.isEmpty || tagBytes > 0 || flow?.call != nil else { return false }
        let captured = flow?.call.map { JSONWriter.bytes(.object($0.captures)).count } ?? 0
        return tagBytes + captured + JSONWriter.bytes(.object(variables)).count > limit
    }
}

extension Subject {
    /// A match within what is left of the event's time for matching. When nothing is left it is given up at once.
    func firstMatch(of pattern: Pattern, in text: String) -> PatternOutcome {
        var limits = MatchLimits.standard
        let left = EventLimits.matching - matchingTime
        guard left > .zero else {
            excess = excess ?? .matching
            return .limitExceeded(.time)
        }
        limits.time = min(limits.time, left)
        return pattern.firstMatch(in: text, limits: limits, spending: &matchingTime)
    }
}
