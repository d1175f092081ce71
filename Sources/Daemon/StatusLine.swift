import Logging
import Rules
import ServiceLifecycle
import Storage

/// How the daemon is doing, in one line for people: what `systemctl status` shows.
struct StatusLine: Sendable {
    let health: Health
    let box: EngineBox
    let counter: StoreCounter
    let paused: @Sendable () -> [String]

    func text() async -> String {
        let obstacle = await health.obstacle()
        let counts: StoreCounts?
        do { counts = try await counter.counts() } catch { counts = nil }
        return Self.text(obstacle: obstacle, rules: rules, counts: counts, paused: paused())
    }

    private var rules: String? { box.current.map { "rules \($0.rules.revision)" } }

    static func text(obstacle: Health.Obstacle?, rules: String?, counts: StoreCounts?, paused: [String]) -> String {
        var parts = [obstacle.map { "not ready: \($0.sentence)" } ?? "ready"]
        if let rules { parts.append(rules) }
        if let counts {
            let open = counts.open.values.reduce(0, +)
            parts.append("\(counts.undecided) to decide, \(open) to send, \(counts.dead) dead")
        }
        if !paused.isEmpty { parts.append("paused: \(paused.sorted().joined(separator: ", "))") }
        return parts.joined(separator: "; ")
    }
}

/// Tells systemd that the daemon is ready, once it listens and the store has taken a write, and then how it is doing.
struct NoticeService: Service, CustomStringConvertible {
    var description: String { "service notices" }
    let notices: ServiceNotices
    let line: StatusLine
    let probe: StoreProbe
    /// Returns when the listeners listen.
    let listening: @Sendable () async -> Void
    let surroundings: Surroundings

    private static let statusPause = Duration.seconds(10)
    private static let probePause = Duration.seconds(1)

    func run() async throws {
        if notices.isHeard { await cancelWhenGracefulShutdown { await tell() } }
        try await gracefulShutdown()
    }

    private func tell() async {
        await listening()
        while !Task.isCancelled {
            if await probe.answer() == .written { break }
            notices.status("not ready: \(Health.Obstacle.store.sentence)")
            await surroundings.pause(Self.probePause)
        }
        guard !Task.isCancelled else { return }
        notices.ready(await line.text())
        while !Task.isCancelled {
            await surroundings.pause(Self.statusPause)
            if Task.isCancelled { return }
            notices.status(await line.text())
        }
    }
}
