import Daemon
import Rules
import Storage
import Testing

@Suite(.timeLimit(.minutes(15))) struct StoreProbeTests {
    /// Pauses end by cancellation, or when the test says so.
    private final class Pauses: Sendable {
        private let end = AsyncStream<Never>.makeStream()
        func finish() { end.continuation.finish() }
        func wait() async { for await _ in end.stream {} }
    }

    private func probe(_ store: HangingStore, clock: ManualClock = ManualClock(), pauses: Pauses) -> StoreProbe {
        var surroundings = surroundings(clock: clock)
        surroundings.pause = { _ in await pauses.wait() }
        return StoreProbe(store: store, surroundings: surroundings)
    }

    @Test func tellsWhatTheStoreDid() async {
        let store = HangingStore()
        let probe = probe(store, pauses: Pauses())
        #expect(await probe.answer() == .written)
        store.refuse()
        #expect(await probe.answer() == .refused)
        #expect(store.probes == 2)
    }

    /// However many ask, the store is asked once at a time, and all hear what it says.
    @Test func sharesOneProbeAmongAllWhoAsk() async {
        let store = HangingStore()
        let pauses = Pauses()
        let probe = probe(store, pauses: pauses)
        store.hang(.probe)
        async let first = probe.answer(within: nil)
        await store.caught()
        pauses.finish()
        // Each of these gives up, and none has begun a probe of its own.
        for _ in 0..<50 { #expect(await probe.answer() == .silent) }
        #expect(store.probes == 1)
        store.goOn()
        #expect(await first == .written)
    }

    /// R13: a disk that hangs is an answer within a second, and probes do not pile up before it.
    @Test func nobodyWaitsForADiskThatHangs() async {
        let store = HangingStore()
        let clock = ManualClock()
        let pauses = Pauses()
        let probe = probe(store, clock: clock, pauses: pauses)
        store.hang(.probe)
        async let first = probe.answer()
        await store.caught()
        pauses.finish()
        #expect(await first == .silent)
        clock.advance(by: StoreProbe.patience)
        for _ in 0..<50 { #expect(await probe.answer() == .silent) }
        #expect(store.probes == 1)
        store.goOn()
        var answer = await probe.answer()
        while answer != .written { answer = await probe.answer() }
    }

    @Test func isNotReadyWhileTheDiskHangs() async {
        let store = HangingStore()
        let pauses = Pauses()
        let health = Health(probe: probe(store, pauses: pauses), box: EngineBox(Engine(rules: RuleSet([]))))
        #expect(await health.obstacle() == nil)
        store.hang(.probe)
        async let obstacle = health.obstacle()
        await store.caught()
        pauses.finish()
        #expect(await obstacle == .store)
        store.goOn()
    }
}
