import Model
import Zones

/// Since when and until when what held a rule back lasts, for explaining.
extension DecisionPass {
    /// One for each reason among the effects of a rule that was carried out, in the order of the actions.
    func holdBacks(of rule: Rule, _ effects: ArraySlice<Effect>) -> [HoldBack] {
        var result: [HoldBack] = []
        for effect in effects {
            guard let reason = effect.suppression else { continue }
            let place = result.firstIndex { $0.reason == reason } ?? result.endIndex
            if place == result.endIndex { result.append(holdBack(reason, of: rule)) }
            if !result[place].actions.contains(effect.action.kind) { result[place].actions.append(effect.action.kind) }
        }
        return result
    }

    private func holdBack(_ reason: SuppressionReason, of rule: Rule) -> HoldBack {
        switch reason {
        case .human: subject.humanHold(takeover: engine.limits.humanTakeover)
        case .oncePer: cooldown(of: rule)
        case .storm: stormHold
        case .observe:
            HoldBack(reason: .observe, text: "the rule is in `mode: observe`: what it would do is recorded, nothing is sent")
        case .test: HoldBack(reason: .test, text: "the event is a vendor's test payload: nothing is sent for it")
        case .header: HoldBack(reason: .header, text: "a header of the request would have a line break in it")
        }
    }

    /// Of the windows that are not free, the one that is free last.
    private func cooldown(of rule: Rule) -> HoldBack {
        let taken = rule.oncePer.sorted { $0.key.rawValue < $1.key.rawValue }.compactMap { scope, window in
            cooldowns[engine.cooldownKey(scope, rule: rule.id, event: event)].flatMap { lastUse in
                window.isFree(lastUse: lastUse, now: subject.now) ? nil : Cooldown(scope: scope, window: window, lastUse: lastUse)
            }
        }
        guard let last = taken.max(by: { ($0.freeAt ?? .latest) < ($1.freeAt ?? .latest) }) else {
            return HoldBack(reason: .oncePer, text: "once_per is not free")
        }
        var facts: Value.Object = [
            "scope": .string(last.scope.rawValue), "window": .string(last.window.words),
            "last_use": .string(last.lastUse.iso8601),
        ]
        facts["free_at"] = .optional(last.freeAt?.iso8601)
        let free = last.freeAt.map { "free again \(subject.clock($0))" } ?? "never free again"
        return HoldBack(
            reason: .oncePer, since: last.lastUse, until: last.freeAt, facts: facts,
            text: "once_per \(last.scope.rawValue) \(last.window.words), last used \(subject.clock(last.lastUse)), \(free)")
    }

    private struct Cooldown {
        var scope: CooldownScope
        var window: CooldownWindow
        var lastUse: Instant

        var freeAt: Instant? {
            if case .duration(let duration) = window { lastUse.adding(duration) } else { nil }
        }
    }

    private var stormHold: HoldBack {
        let (minute, alone) = (storm.automaticReplies.count, storm.repliesSinceCustomer)
        let limits = storm.limits
        let facts: Value.Object = [
            "replies_last_minute": .integer(Int64(minute)), "replies_per_minute": .integer(Int64(limits.repliesPerMinute)),
            "replies_since_customer": .integer(Int64(alone)),
            "replies_without_customer": .integer(Int64(limits.repliesWithoutCustomer)),
        ]
        guard alone < limits.repliesWithoutCustomer else {
            return HoldBack(
                reason: .storm, facts: facts,
                text: "\(alone) automatic replies since the customer last wrote, \(limits.repliesWithoutCustomer) are allowed")
        }
        // The one that makes room for one more when it is a minute old.
        let leaving = storm.automaticReplies.sorted().dropFirst(max(0, minute - limits.repliesPerMinute)).first
        let until = leaving?.adding(.seconds(60))
        return HoldBack(
            reason: .storm, since: storm.automaticReplies.min(), until: until, facts: facts,
            text: "\(minute) automatic replies within a minute, \(limits.repliesPerMinute) are allowed"
                + (until.map { ", the next one \(subject.clock($0, withSeconds: true))" } ?? ""))
    }
}

extension CooldownWindow {
    fileprivate var words: String {
        switch self {
        case .ever: "ever"
        case .duration(let duration): duration.ruleText
        }
    }
}

extension Instant {
    fileprivate static let latest = Instant(milliseconds: .max)
}

extension Subject {
    /// By whom and for how long the conversation is a human's. Only an own message of an agent has times: what a payload told
    /// holds until one tells otherwise.
    ///
    /// - Parameter takeover: how long an own message counts.
    func humanHold(takeover: Duration) -> HoldBack {
        guard let until = state.humanUntil, now < until else {
            let agent = event.agent?.name ?? event.agent?.username ?? event.agent?.id
            return HoldBack(
                reason: .human, facts: ["told_by": "payload"],
                text: "human agent\(agent.map { " \($0)" } ?? ""), as the vendor told, until it tells otherwise")
        }
        let since = until.adding(.milliseconds(-takeover.wholeMilliseconds))
        return HoldBack(
            reason: .human, since: since, until: until, facts: ["told_by": "message"],
            text: "human agent since \(clock(since, withZone: false)), until \(clock(until, withZone: false)) (\(zone.name))")
    }

    /// A time as the account's wall clock shows it: the date where it is another day than the event's.
    func clock(_ instant: Instant, withZone: Bool = true, withSeconds: Bool = false) -> String {
        let time = zone.localTime(at: instant)
        let day = time.date == zone.localTime(at: now).date ? "" : "\(time.date.iso8601) "
        let text = withSeconds ? time.timeText : time.minuteText
        return day + text + (withZone ? " \(zone.name)" : "")
    }
}
