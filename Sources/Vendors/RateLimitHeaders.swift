import Model
import VendorKit

extension RateLimit {
    /// `X-RateLimit-Limit`, `-Remaining` and `-Reset`, and `Retry-After`. Nil when an answer has none of them that can be
    /// read. What is no sensible number counts as not told.
    init?(headersOf response: VendorResponse, reset unit: EpochUnit, scope: Scope) {
        func number(_ name: String) -> Int64? {
            response.headers["x-ratelimit-\(name)"].flatMap { Int64($0.trimmed) }.flatMap { $0 < 0 ? nil : $0 }
        }
        let limit = number("limit").flatMap { $0 == 0 ? nil : Int(exactly: $0) }
        let remaining = number("remaining").flatMap { Int(exactly: $0) }
        let reset = number("reset").map { unit == .seconds ? Instant(seconds: $0) : Instant(milliseconds: $0) }
        let warning = response.headers["x-ratelimit-will-be-throttled"]?.trimmed.lowercased()
        self.init(
            limit: limit, remaining: remaining, resetsAt: reset, waitMilliseconds: response.waitMilliseconds,
            isWarning: warning.map { !["", "false", "0"].contains($0) } ?? false, scope: scope)
        if self == RateLimit(scope: scope) { return nil }
    }

    /// Nothing but `Retry-After`; nil without one that can be read.
    init?(retryAfterOf response: VendorResponse, scope: Scope) {
        guard let wait = response.waitMilliseconds else { return nil }
        self.init(waitMilliseconds: wait, scope: scope)
    }
}
