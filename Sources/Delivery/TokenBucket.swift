package import Model
package import VendorKit

/// How many calls of one account may begin: by a rate of our own, by what the vendor's answers tell of its limits, and by the
/// pause that a refusal for too many calls asks for.
///
/// A bucket starts empty: a process that starts again and again must not send more than one that runs. Times are by a clock
/// that never goes back, so that setting the wall clock neither opens nor closes it.
package struct TokenBucket: Sendable, Hashable {
    private let rate: CallRate?
    private var tokens = 0.0
    private var filledAt: Instant
    /// What answers told, by operation; one name for all where the vendor counts by account.
    private var windows: [String: Window] = [:]
    /// Calls under way, by the same names: an answer may tell what was left before they arrived.
    private var underWay: [String: Int] = [:]
    private var pausedUntil: Instant?

    private struct Window: Sendable, Hashable {
        var left: Int
        var endsAt: Instant
    }

    /// No window, and no wait that an answer asks for, is believed to be longer.
    package static let longestWait = Duration.seconds(600)
    private static let mostWindows = 256

    /// - Parameter rate: nil where only the vendor's answers limit.
    package init(rate: CallRate?, now: Instant) {
        self.rate = rate
        filledAt = now
    }

    /// How many calls may begin now, besides those that were let through and have not begun (`reserved`).
    package func room(at now: Instant, reserved: Int = 0) -> Int {
        guard pause(at: now) == nil else { return 0 }
        return max(0, open(at: now).map(\.left).reduce(wholeTokens(at: now), min) - reserved)
    }

    /// When time alone lets the next one through; nil when it may go now.
    package func opening(at now: Instant, reserved: Int = 0) -> Instant? {
        guard room(at: now, reserved: reserved) == 0 else { return nil }
        let closed = open(at: now).filter { $0.left <= reserved }.map(\.endsAt)
        let limits = closed + [pause(at: now), filled(to: reserved + 1, from: now)].compactMap(\.self)
        return limits.max()
    }

    /// A call goes out.
    package mutating func began(_ operation: String, at now: Instant) {
        if let rate {
            tokens = level(at: now, rate) - 1
            filledAt = max(filledAt, now)
        }
        for name in [operation, Self.account] { windows[name]?.left -= 1 }
        underWay[operation, default: 0] += 1
    }

    /// A call has ended, and its answer told this of the limits.
    /// - Parameters:
    ///   - limit: nil when nothing was told.
    ///   - untilReset: how long its window lasts from now; nil when that is not told.
    package mutating func ended(_ operation: String, told limit: RateLimit?, untilReset: Duration?, at now: Instant) {
        let others = (underWay[operation] ?? 1) - 1
        underWay[operation] = others > 0 ? others : nil
        windows = windows.filter { $0.value.endsAt > now }
        guard let limit else { return }
        if let wait = limit.waitMilliseconds, wait > 0 { pause(for: .milliseconds(wait), at: now) }
        let name = limit.scope == .account ? Self.account : operation
        guard let remaining = limit.remaining, let untilReset, untilReset > .zero,
            windows[name] != nil || windows.count < Self.mostWindows
        else { return }
        let unheard = limit.scope == .account ? underWay.values.reduce(0, +) : others
        windows[name] = Window(
            left: max(0, remaining - unheard), endsAt: now.adding(min(untilReset, Self.longestWait)))
    }

    /// Lets nothing through for so long, at most `longestWait`. A pause that ends later stays.
    package mutating func pause(for wait: Duration, at now: Instant) {
        let end = now.adding(min(wait, Self.longestWait))
        pausedUntil = max(pausedUntil ?? end, end)
    }

    private static let account = ""

    private func pause(at now: Instant) -> Instant? {
        pausedUntil.flatMap { $0 > now ? $0 : nil }
    }

    private func open(at now: Instant) -> [Window] { windows.values.filter { $0.endsAt > now } }

    private func level(at now: Instant, _ rate: CallRate) -> Double {
        let seconds = Double(max(now.since(filledAt), .zero).wholeMilliseconds) / 1000
        return min(rate.burst, tokens + seconds * rate.perSecond)
    }

    private func wholeTokens(at now: Instant) -> Int {
        guard let rate else { return .max }
        // What adds up in steps of a tenth is not exactly whole.
        return Int(max(0, level(at: now, rate) + 1e-6).rounded(.down))
    }

    private func filled(to tokens: Int, from now: Instant) -> Instant? {
        guard let rate else { return nil }
        let missing = min(Double(tokens), rate.burst) - level(at: now, rate)
        guard missing > 1e-6 else { return nil }
        return now.adding(.milliseconds(Int64((missing / rate.perSecond * 1000).rounded(.up))))
    }
}

/// A limit of our own on the calls of an account.
package struct CallRate: Sendable, Hashable {
    /// On average; at least one in 1,000 seconds.
    package let perSecond: Double
    /// At once after a pause; at least 1.
    package let burst: Double

    package init(perSecond: Double, burst: Int) {
        self.perSecond = min(max(perSecond.isNaN ? 1 : perSecond, 0.001), 1_000_000)
        self.burst = Double(min(max(burst, 1), 1_000_000))
    }
}

extension VendorRequest {
    /// Method and path, ids left out: what vendors count calls by. A segment with a digit is an id, but for a version
    /// (`v1`).
    package var operation: String {
        let path = path.utf8
        let scheme = path.indices.first { path[$0...].starts(with: "://".utf8) }
        // What stands before the first slash behind it is the host.
        let segments = (scheme.map { path[$0...].dropFirst(3) } ?? path[...]).split(separator: UInt8(ascii: "/")).dropFirst()
        let names = segments.map { Self.isIdentifier($0) ? "*" : String(Substring($0)) }
        return method + " /" + names.joined(separator: "/")
    }

    private static func isIdentifier(_ segment: Substring.UTF8View) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard segment.contains(where: digits.contains) else { return false }
        return segment.first != UInt8(ascii: "v") || !segment.dropFirst().allSatisfy(digits.contains)
    }
}
