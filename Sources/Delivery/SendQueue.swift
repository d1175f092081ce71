import Model
import Storage

/// Claimed effects that are being sent or wait for their turn: accounts take turns, so that a slow one does not hold up
/// the others. Calls of users' systems have turns of their own beside those of their account's vendor.
struct SendQueue {
    private let limits: DispatchLimits
    private var waiting: [Lane: [Claimed]] = [:]
    /// Lanes in which something waits, the next one first.
    private var turns: [Lane] = []
    private var inFlight: [Lane: Int] = [:]
    private var waitingCount = 0
    private var inFlightCount = 0

    struct Claimed: Sendable, Hashable {
        var entry: OutboxEntry
        var claimedAt: Instant
    }

    private struct Lane: Hashable {
        var account: String
        var isHTTP: Bool

        init(_ entry: OutboxEntry) {
            account = entry.effect.target.account
            isHTTP = entry.effect.action.kind == .http
        }
    }

    init(limits: DispatchLimits) { self.limits = limits }

    /// How many more may be claimed now: what can be in flight, and a stock from which other accounts go on while one is
    /// at its own limit.
    var room: Int { max(0, limits.inFlight - inFlightCount + limits.waiting - waitingCount) }

    mutating func add(_ entries: [OutboxEntry], claimedAt: Instant) {
        for entry in entries {
            let lane = Lane(entry)
            if waiting[lane] == nil { turns.append(lane) }
            waiting[lane, default: []].append(Claimed(entry: entry, claimedAt: claimedAt))
        }
        waitingCount += entries.count
    }

    /// The next that may be sent, which counts as in flight from then on; nil when a limit is reached or nothing waits.
    mutating func next() -> Claimed? {
        guard inFlightCount < limits.inFlight,
            let index = turns.firstIndex(where: { inFlight[$0, default: 0] < limits.inFlightPerAccount })
        else { return nil }
        let lane = turns.remove(at: index)
        guard var queue = waiting[lane], !queue.isEmpty else { return nil }
        let claimed = queue.removeFirst()
        waiting[lane] = queue.isEmpty ? nil : queue
        if !queue.isEmpty { turns.append(lane) }
        waitingCount -= 1
        inFlightCount += 1
        inFlight[lane, default: 0] += 1
        return claimed
    }

    mutating func finish(_ entry: OutboxEntry) {
        let lane = Lane(entry)
        inFlightCount -= 1
        let left = inFlight[lane, default: 0] - 1
        inFlight[lane] = left > 0 ? left : nil
    }

    /// Takes out what waits.
    mutating func removeWaiting() -> [OutboxEntry] {
        defer { (waiting, turns, waitingCount) = ([:], [], 0) }
        return turns.flatMap { waiting[$0] ?? [] }.map(\.entry)
    }
}

/// How much is sent at the same time.
package struct DispatchLimits: Sendable, Hashable {
    package var inFlight: Int
    package var inFlightPerAccount: Int
    /// Claimed effects of accounts at their own limit that may wait in memory. More keeps other accounts going for longer
    /// beside one that hangs; but what is claimed when the process dies counts as perhaps sent.
    package var waiting: Int

    /// By default nothing is claimed that cannot be begun at once: what is claimed counts as perhaps sent after a crash, and
    /// a `route` or `close` that was only waiting its turn would then be given up.
    package init(inFlight: Int = 16, inFlightPerAccount: Int = 16, waiting: Int = 0) {
        self.inFlight = inFlight
        self.inFlightPerAccount = inFlightPerAccount
        self.waiting = waiting
    }
}
