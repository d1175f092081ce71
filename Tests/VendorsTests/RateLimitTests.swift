import Model
import Testing
import VendorKit
import Vendors

@Suite struct RateLimitTests {
    @Test(
        arguments: [
            (
                .rocketchat, ["x-ratelimit-limit": "10", "x-ratelimit-remaining": "9", "x-ratelimit-reset": "1772629267901"],
                RateLimit(
                    limit: 10, remaining: 9, resetsAt: Instant(milliseconds: 1_772_629_267_901), scope: .operation)
            ),
            (
                .rocketchat, ["x-ratelimit-limit": "5", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772629320000"],
                RateLimit(limit: 5, remaining: 0, resetsAt: Instant(milliseconds: 1_772_629_320_000), scope: .operation)
            ),
            (
                .channeltalk, ["x-ratelimit-limit": "1000", "x-ratelimit-remaining": "999", "x-ratelimit-reset": "1743820002"],
                RateLimit(limit: 1000, remaining: 999, resetsAt: Instant(seconds: 1_743_820_002), scope: .operation)
            ),
            (
                .channeltalk, ["x-ratelimit-will-be-throttled": "true", "retry-after": "3"],
                RateLimit(waitMilliseconds: 3000, isWarning: true, scope: .operation)
            ),
            (.channeltalk, ["x-ratelimit-will-be-throttled": "false"], nil),
            (.huggy, ["retry-after": "30", "x-ratelimit-limit": "10"], RateLimit(waitMilliseconds: 30_000, scope: .account)),
            (.omnichat, ["retry-after": "1"], RateLimit(waitMilliseconds: 1000, scope: .account)),
            (.rocketchat, [:], nil), (.huggy, [:], nil), (.omnichat, ["retry-after": "soon"], nil), (.channeltalk, [:], nil),
            (
                .rocketchat, ["x-ratelimit-limit": "0", "x-ratelimit-remaining": "-1", "x-ratelimit-reset": "tomorrow"], nil
            ),
            (
                .rocketchat, ["x-ratelimit-remaining": " 3 ", "x-ratelimit-limit": "99999999999999999999"],
                RateLimit(remaining: 3, scope: .operation)
            ),
        ] as [(VendorID, [String: String], RateLimit?)])
    func anAnswerTellsTheLimit(vendor: VendorID, headers: [String: String], limit: RateLimit?) throws {
        let vendor = try #require(VendorCatalog.vendor(vendor))
        #expect(vendor.rateLimit(told: VendorResponse(status: 200, headers: headers)) == limit)
    }

    @Test(
        arguments: [
            (.rocketchat, RateLimit(limit: 10, window: .seconds(60), scope: .operation)),
            (.channeltalk, RateLimit(limit: 1000, scope: .operation)), (.huggy, nil), (.omnichat, nil),
        ] as [(VendorID, RateLimit?)])
    func documentedNumbers(vendor: VendorID, limit: RateLimit?) throws {
        #expect(type(of: try #require(VendorCatalog.vendor(vendor))).documentedRate == limit)
    }

    @Test(
        arguments: [
            (RateLimit(scope: .account), 0), (RateLimit(remaining: 1, resetsAt: Instant(seconds: 60), scope: .account), 0),
            (RateLimit(remaining: 0, resetsAt: Instant(seconds: 60), scope: .account), 50),
            (RateLimit(remaining: 0, resetsAt: Instant(seconds: 5), scope: .account), 0),
            (RateLimit(remaining: 0, scope: .account), 0),
            (RateLimit(remaining: 0, resetsAt: Instant(seconds: 60), waitMilliseconds: 70_000, scope: .account), 70),
            (RateLimit(waitMilliseconds: -5, scope: .account), 0),
        ] as [(RateLimit, Int)])
    func waits(limit: RateLimit, seconds: Int) {
        #expect(limit.wait(at: Instant(seconds: 10)) == .seconds(seconds))
    }
}
