import Delivery
import Model
import Testing
import VendorKit

@Suite struct AccountPauseTests {
    private func at(_ seconds: Int64) -> Instant { Instant(seconds: seconds) }

    @Test func lastsUntilSomebodyEndsIt() {
        var pause = AccountPause()
        #expect(pause.refused(status: 401, at: at(0)) == true)
        #expect(pause.trialAt == at(300))
        #expect(pause.refused(status: 403, at: at(300)) == false)
        #expect(pause.trialAt == at(600))
        #expect(pause.status == 401)
        #expect(pause.resume() == true)
        #expect(pause == AccountPause())
        #expect(pause.resume() == false)
    }
}

@Suite struct AccountGovernorTests {
    private typealias Verdict = AccountGovernor.Verdict

    private func at(_ milliseconds: Int64) -> Instant { Instant(milliseconds: milliseconds) }

    private func governor(rate: CallRate? = nil) -> AccountGovernor {
        AccountGovernor(rate: rate, now: at(0))
    }

    /// One attempt from claim to settlement.
    private func attempt(
        _ evidence: CallEvidence, at now: Instant, by governor: inout AccountGovernor, id: Int64 = 1
    ) -> AccountGovernor.Verdict {
        governor.began(id)
        if evidence != .none {
            governor.calls("POST /m", for: id, at: now)
            governor.called("POST /m", told: nil, untilReset: nil, at: now)
        }
        defer { governor.over(id) }
        return governor.ended(id, evidence, at: now, random: 0.5)
    }

    @Test func asManyMayBeUnderWayAsItsConcurrency() {
        var governor = governor()
        #expect(governor.admission(at: at(0)) == .open(2))
        governor.began(1)
        #expect(governor.admission(at: at(0)) == .open(1))
        governor.began(2)
        #expect(governor.admission(at: at(0)) == .closed(until: nil))
        #expect(governor.ended(1, .accepted, at: at(0), random: 0) == Verdict())
        #expect(governor.admission(at: at(0)) == .closed(until: nil))
        governor.over(1)
        #expect(governor.admission(at: at(0)) == .open(1))
        #expect(governor.isHeldUp(at: at(0)) == false)
    }

    @Test func whatWasClaimedTakesItsTokenBeforeItsCall() {
        var governor = governor(rate: CallRate(perSecond: 1, burst: 5))
        #expect(governor.admission(at: at(0)) == .closed(until: at(1_000)))
        #expect(governor.isHeldUp(at: at(0)))
        #expect(governor.admission(at: at(1_000)) == .open(1))
        governor.began(1)
        #expect(governor.admission(at: at(1_000)) == .closed(until: at(2_000)))
        governor.calls("GET /r", for: 1, at: at(1_000))
        governor.calls("POST /m", for: 1, at: at(1_000))
        #expect(governor.admission(at: at(1_000)) == .closed(until: at(3_000)))
    }

    @Test func whatWasNotSentAfterAllGivesItsTokenBack() {
        var governor = governor(rate: CallRate(perSecond: 1, burst: 5))
        #expect(attempt(.none, at: at(1_000), by: &governor) == Verdict())
        #expect(governor.admission(at: at(1_000)) == .open(1))
    }

    @Test(arguments: [CallEvidence.notSent, .silent, .failed])
    func theBreakerOpensAndOneCallIsTriedAtATime(evidence: CallEvidence) {
        var governor = governor()
        var verdicts: [AccountGovernor.Verdict] = []
        while governor.admission(at: at(0)) != .closed(until: at(5_500)), verdicts.count < 20 {
            verdicts.append(attempt(evidence, at: at(0), by: &governor))
        }
        // Concurrency falls with what reaches nobody, so that its cohorts get smaller.
        #expect(verdicts.count == (evidence == .failed ? 6 : 4))
        #expect(verdicts.count(where: \.isCounted) == verdicts.count)
        #expect(verdicts.last?.changes == [.breakerOpened(for: .milliseconds(5_500))])
        #expect(governor.isHeldUp(at: at(0)))
        #expect(governor.admission(at: at(5_500)) == .open(1))
        governor.began(2)
        #expect(governor.admission(at: at(5_500)) == .closed(until: nil))
        let trial = governor.ended(2, evidence, at: at(5_500), random: 0.5)
        governor.over(2)
        #expect(trial == Verdict(isCounted: evidence != .notSent))
        #expect(governor.admission(at: at(5_500)) == .closed(until: at(16_500)))
        #expect(attempt(.accepted, at: at(16_500), by: &governor) == Verdict(changes: [.breakerClosed]))
        #expect(governor.admission(at: at(16_500)) == .open(2))
    }

    @Test func noTrialWhileAnythingIsStillUnderWay() {
        var governor = governor()
        governor.began(9)
        for _ in 1...6 { _ = attempt(.failed, at: at(0), by: &governor) }
        #expect(governor.admission(at: at(10_000)) == .closed(until: nil))
        governor.over(9)
        #expect(governor.admission(at: at(10_000)) == .open(1))
    }

    @Test func refusalsOfSingleCallsDoNotOpenTheBreaker() {
        var governor = governor()
        for _ in 1...100 { #expect(attempt(.refused, at: at(0), by: &governor) == Verdict()) }
        #expect(governor.admission(at: at(0)) == .open(2))
    }

    @Test(
        arguments: [
            (nil, 500), (.seconds(7), 7_000), (.milliseconds(100), 500), (.seconds(-5), 500), (.seconds(1_000_000_000), 600_000),
        ] as [(Duration?, Int64)])
    func throttlingPausesTheAccountAsLongAsAskedWithinReason(asked: Duration?, milliseconds: Int64) {
        var governor = governor()
        #expect(
            attempt(.throttled(asked), at: at(0), by: &governor)
                == Verdict(changes: [.throttled(for: .milliseconds(milliseconds))]))
        #expect(governor.admission(at: at(0)) == .closed(until: at(milliseconds)))
        #expect(governor.condition(at: at(0)).isThrottled)
        #expect(governor.isHeldUp(at: at(0)))
        #expect(governor.admission(at: at(milliseconds)) == .open(2))
        #expect(governor.condition(at: at(milliseconds)).isThrottled == false)
    }

    @Test func eachRefusalForTooManyCallsMakesThePauseLonger() {
        var governor = governor()
        var now: Int64 = 0
        let waits = (1...4).map { _ in
            _ = attempt(.throttled(nil), at: at(now), by: &governor)
            guard case .closed(let until?) = governor.admission(at: at(now)) else { return Int64(0) }
            defer { now = until.milliseconds }
            return until.milliseconds - now
        }
        #expect(waits == [500, 1_000, 2_000, 4_000])
        _ = attempt(.accepted, at: at(now), by: &governor)
        _ = attempt(.throttled(nil), at: at(now), by: &governor)
        #expect(governor.admission(at: at(now)) == .closed(until: at(now + 500)))
    }

    @Test func oneLineTellsOfThrottlingAsLongAsItLasts() {
        var governor = governor()
        _ = attempt(.throttled(.seconds(7)), at: at(0), by: &governor)
        #expect(attempt(.throttled(.seconds(9)), at: at(0), by: &governor) == Verdict())
        #expect(governor.admission(at: at(0)) == .closed(until: at(9_000)))
    }

    @Test(arguments: [401, 403])
    func refusedCredentialsPauseTheAccountUntilATrialShowsThatTheyAreRight(status: Int) {
        var governor = governor()
        #expect(
            attempt(.unauthorized(status: status), at: at(0), by: &governor)
                == Verdict(changes: [.paused(status: status)]))
        #expect(governor.admission(at: at(0)) == .closed(until: at(300_000)))
        #expect(governor.admission(at: at(300_000)) == .open(1))
        #expect(attempt(.none, at: at(300_000), by: &governor) == Verdict())
        #expect(governor.admission(at: at(300_000)) == .open(1))
        #expect(
            attempt(.unauthorized(status: status), at: at(300_000), by: &governor)
                == Verdict(isCounted: false, pausedFor: .seconds(300)))
        #expect(governor.admission(at: at(300_000)) == .closed(until: at(600_000)))
        #expect(attempt(.silent, at: at(600_000), by: &governor) == Verdict())
        #expect(governor.admission(at: at(600_000)) == .closed(until: at(900_000)))
        #expect(attempt(.refused, at: at(900_000), by: &governor) == Verdict(changes: [.resumed]))
        #expect(governor.condition(at: at(900_000)).isPaused == false)
    }

    @Test func whatWasUnderWayWhenItWasPausedEndsNoPause() {
        var governor = governor()
        governor.began(1)
        governor.began(2)
        governor.began(3)
        _ = governor.ended(1, .unauthorized(status: 401), at: at(0), random: 0)
        #expect(governor.ended(2, .accepted, at: at(0), random: 0) == Verdict())
        #expect(
            governor.ended(3, .unauthorized(status: 401), at: at(0), random: 0)
                == Verdict(isCounted: false, pausedFor: .seconds(300)))
        for id: Int64 in 1...3 { governor.over(id) }
        #expect(governor.condition(at: at(0)).isPaused)
        #expect(governor.resume() == [.resumed])
        #expect(governor.resume() == [])
        #expect(governor.admission(at: at(0)) == .open(2))
    }

    @Test func anAnswerMayLimitHowManyAreSent() {
        var governor = governor()
        governor.began(1)
        governor.calls("POST /m", for: 1, at: at(0))
        governor.called(
            "POST /m", told: RateLimit(remaining: 1, isWarning: true, scope: .operation), untilReset: .seconds(60), at: at(0))
        governor.over(1)
        #expect(governor.admission(at: at(0)) == .open(1))
        governor.began(2)
        governor.calls("POST /m", for: 2, at: at(0))
        governor.over(2)
        #expect(governor.admission(at: at(0)) == .closed(until: at(60_000)))
    }
}
