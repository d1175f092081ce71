import Delivery
package import Model
package import Storage

/// What `doctor` concludes from the work that waits.
package enum WorkChecks {
    /// Older than that, somebody should look.
    private static let longWait = Duration.seconds(60)
    /// Replies to what waited so long are not sent any more.
    private static let tooLong = Duration.seconds(900)

    package static func findings(_ counts: StoreCounts, now: Instant) -> [DoctorFinding] {
        [backlog(counts, now: now), deadLetters(counts.dead)]
    }

    private static func backlog(_ counts: StoreCounts, now: Instant) -> DoctorFinding {
        let age = counts.oldestUndecided.map { max(now.since($0), .zero) } ?? .zero
        let open = counts.open.values.reduce(0, +)
        let message =
            "\(counts.undecided) events to decide"
            + (counts.undecided > 0 ? ", the oldest for \(age.components.seconds) s" : "") + ", \(open) effects to send"
        guard age >= longWait else { return DoctorFinding(.backlog, .ok, message) }
        return DoctorFinding(
            .backlog, age >= tooLong ? .fail : .warn, message,
            help: "look into the log for why events wait: rules that cannot be used, a store that fails, a vendor that is slow")
    }

    private static func deadLetters(_ count: Int) -> DoctorFinding {
        guard count > 0 else { return DoctorFinding(.deadLetters, .ok, "nothing has failed for good") }
        return DoctorFinding(
            .deadLetters, .warn, "\(count) effects and events have failed for good",
            help: "look with `bellhop dead-letters list`, then retry or discard them")
    }

    static func accounts(_ conditions: [String: AccountCondition]) -> DoctorFinding {
        let paused = conditions.filter(\.value.isPaused).keys.sorted()
        if !paused.isEmpty {
            return DoctorFinding(
                .accounts, .fail, "credentials are refused of \(paused.joined(separator: ", "))",
                help: "mend the credentials, restart, and retry what failed; `bellhop check --online` tries them")
        }
        let silent = conditions.filter(\.value.isBreakerOpen).keys.sorted()
        if !silent.isEmpty {
            return DoctorFinding(
                .accounts, .warn, "no answer comes from the vendor of \(silent.joined(separator: ", "))",
                help: "it is tried again by itself; look whether the vendor can be reached from here")
        }
        return DoctorFinding(.accounts, .ok, "no account is paused")
    }

    static func readiness(_ obstacle: Health.Obstacle?) -> DoctorFinding {
        guard let obstacle else { return DoctorFinding(.readiness, .ok, "webhooks are stored and decided") }
        return DoctorFinding(.readiness, .fail, obstacle.sentence, help: "look into the log of the daemon")
    }
}
