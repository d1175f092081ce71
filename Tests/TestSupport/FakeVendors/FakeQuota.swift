/// So many calls in each window; a window begins with its first call. Refused calls count too.
package struct FakeFixedWindow: Sendable, Hashable {
    package var limit: Int
    package var milliseconds: Int64
    private var windows: [String: Window] = [:]

    private struct Window: Sendable, Hashable {
        var endsAt: Int64
        var count: Int
    }

    package init(limit: Int, milliseconds: Int64) {
        self.limit = limit
        self.milliseconds = milliseconds
    }

    /// True when the call is within the limit.
    package mutating func take(_ key: String, at now: Int64) -> Bool {
        var window = windows[key] ?? Window(endsAt: now + milliseconds, count: 0)
        if window.endsAt <= now { window = Window(endsAt: now + milliseconds, count: 0) }
        window.count += 1
        windows[key] = window
        return window.count <= limit
    }

    package func remaining(_ key: String) -> Int { max(limit - (windows[key]?.count ?? 0), 0) }

    /// When the window ends.
    package func reset(_ key: String, at now: Int64) -> Int64 { windows[key]?.endsAt ?? now + milliseconds }
}

/// Tokens that come back evenly, at most `limit` of them.
package struct FakeTokenBucket: Sendable, Hashable {
    package var limit: Int
    /// How long a whole bucket takes to fill.
    package var milliseconds: Int64
    private var tokens: Double
    private var filledAt: Int64?

    package init(limit: Int, milliseconds: Int64) {
        self.limit = limit
        self.milliseconds = milliseconds
        tokens = Double(limit)
    }

    package mutating func take(at now: Int64) -> Bool {
        let passed = Double(now - (filledAt ?? now))
        tokens = min(Double(limit), tokens + passed * Double(limit) / Double(milliseconds))
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    package var remaining: Int { Int(tokens) }

    /// Milliseconds until a token is there.
    package var millisecondsToNext: Int64 {
        tokens >= 1 ? 0 : Int64(((1 - tokens) * Double(milliseconds) / Double(limit)).rounded(.up))
    }
}
