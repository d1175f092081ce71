import Delivery
import Model
import Storage
import Testing
import VendorKit

/// What the ledger is given of each attempt.
@Suite(.timeLimit(.minutes(15))) struct AttemptRecordTests {
    private func record(
        of effect: Effect, destinations: FixedDestinations = FixedDestinations(), state: ConversationState = ConversationState(),
        _ result: TransportResult
    ) async throws -> AttemptReport? {
        let world = World(destinations: destinations) { _, _ in nil }
        try await world.plan(effect, state: state)
        await world.running {
            if state.handler != .human {
                await world.transport.arrivals(1)
                world.time.advance(by: .milliseconds(40))
                world.transport.answer(effect.key, result)
            }
            _ = await world.nextReports(1)
        }
        return world.store.attempts[effect.key]?.first
    }

    private static let request =
        #"{"method":"POST","url":"https://vendor.invalid/c1/k1","headers":{"Authorization":"[redacted]"},"#
        + #""json":{"text":"a"}}"#

    @Test(
        arguments: [
            (TransportResult.status(200, body: #"{"id":1}"#), AttemptOutcome.done, 200, #"{"id":1}"#),
            (.status(400, body: "no s3cret-main, czNjcmV0LW1haW4="), .refused, 400, "no [redacted], [redacted]4="),
            (.status(429), .throttled, 429, ""), (.status(500, body: "oops"), .retry, 500, "oops"),
            (.status(502), .uncertain, 502, ""), (.lost("reset"), .uncertain, nil, nil),
            (.notSent("refused"), .notSent, nil, nil),
        ] as [(TransportResult, AttemptOutcome, Int?, String?)])
    func holdsRequestAndAnswerWithoutSecrets(
        result: TransportResult, outcome: AttemptOutcome, status: Int?, answer: String?
    ) async throws {
        let recorded = try await record(of: reply("k1", "a"), result)
        #expect(
            recorded
                == AttemptReport(
                    at: Instant(seconds: 1_000_000), outcome: outcome, status: status, answer: answer, request: Self.request,
                    durationMilliseconds: 40))
    }

    @Test func aLongAnswerIsCut() async throws {
        let body = String(repeating: "s3cret-main ", count: 20_000)
        let answer = try await record(of: reply("k1", "a"), .status(400, body: body))?.answer
        #expect(answer?.hasPrefix("[redacted] [redacted] ") == true)
        #expect((answer?.utf8.count ?? 0) <= AttemptReport.longestAnswer)
        #expect(answer?.contains("s3") == false)
    }

    @Test func secretsOfTheAccountAreNotKeptOfACallOfAUsersSystemEither() async throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(["erp.example.org"])
        destinations.list[0].otherSecrets = ["webhook-word"]
        let call = HTTPCall(
            method: "POST", url: "https://erp.example.org/k1", headers: ["X-Api-Key": "mine", "X-A": "s3cret-main"],
            body: .text("webhook-word"))
        let recorded = try await record(
            of: effect("k1", .http(call)), destinations: destinations, .status(404, body: "webhook-word"))
        #expect(
            recorded?.request
                == #"{"method":"POST","url":"https://erp.example.org/k1","headers":{"X-Api-Key":"[redacted]","#
                + #""X-A":"[redacted]"},"body":"[redacted]"}"#)
        #expect(recorded?.answer == "[redacted]")
    }

    @Test func whatIsWithheldHasNeither() async throws {
        let recorded = try await record(of: reply("k1", "a"), state: ConversationState(handler: .human), .status(200))
        #expect(
            recorded == AttemptReport(at: Instant(seconds: 1_000_000), outcome: .withheld, durationMilliseconds: 0))
    }
}
