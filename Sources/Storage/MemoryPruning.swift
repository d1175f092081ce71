import Model

extension MemoryContents {
    mutating func prune(_ retention: Retention) -> PruneResult.Removed {
        var removed = PruneResult.Removed()
        for webhook in inbox.webhooks.values { prune(webhook, retention, removed: &removed) }
        if let marks = retention.marks {
            removed.marks = inbox.removeMarks(before: marks) + outbox.removeMarks(before: marks)
        }
        if let time = retention.cooldowns {
            let count = cooldowns.count
            cooldowns = cooldowns.filter { $0.value >= time }
            removed.cooldowns = count - cooldowns.count
        }
        if let time = retention.conversations {
            let idle = conversations.filter { key, row in
                row.changedAt < time && !outbox.hasOpen(of: key) && !timers.wait(for: key) && !inbox.hasUndecided(of: key)
            }
            for key in idle.keys { conversations[key] = nil }
            removed.conversations = idle.count
        }
        return removed
    }

    /// Removes a webhook with all that belongs to it, or its body, or nothing.
    private mutating func prune(
        _ webhook: MemoryInbox.Webhook, _ retention: Retention, removed: inout PruneResult.Removed
    ) {
        if webhook.importedEvents != nil {
            guard let time = retention.captures ?? retention.removal, webhook.receivedAt < time else { return }
            inbox.remove(webhook)
            removed.bodies += 1
            return
        }
        let events = inbox.events(of: webhook)
        let ids = Set(events.map { ExactKey($0.event.id) })
        let effects = outbox.rows { ids.contains(ExactKey($0.effect.eventID)) }
        if let time = retention.removal, webhook.receivedAt < time,
            events.allSatisfy({ retention.includes($0) }), effects.allSatisfy({ retention.includes($0, endedBefore: time) })
        {
            for effect in effects { outbox.remove(effect) }
            inbox.remove(webhook)
            removed.webhooks += 1
            removed.events += events.count
            removed.effects += effects.count
            removed.attempts += effects.reduce(0) { $0 + $1.attempts.count }
        } else if let time = retention.captures, webhook.receivedAt < time, webhook.hasBody,
            events.allSatisfy({ $0.state != .undecided && $0.state != .dead })
        {
            inbox.removeBody(of: webhook.id)
            removed.bodies += 1
        }
    }
}

extension Retention {
    /// True for an event that may be removed with its webhook.
    fileprivate func includes(_ row: MemoryInbox.Row) -> Bool {
        switch row.state {
        case .undecided: false
        case .decided, .discarded: true
        case .dead: isBefore(row.decidedAt, deadLetters)
        }
    }

    /// True for an effect that may be removed with its event.
    fileprivate func includes(_ row: MemoryOutbox.Row, endedBefore time: Instant) -> Bool {
        guard row.ending != nil else { return false }
        return isBefore(row.settledAt, row.isDead ? deadLetters : time)
    }

    private func isBefore(_ time: Instant?, _ limit: Instant?) -> Bool {
        guard let time, let limit else { return false }
        return time < limit
    }
}
