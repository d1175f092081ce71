import Model
import Rules
import Storage
import Testing

@testable import Daemon

@Suite struct DecisionBatchTests {
    /// Of a backlog that waits for the vendor's answers many pages are looked at, and none of them is kept.
    @Test func holdsWhatOnePageNeeds() async throws {
        let store = MemoryStore()
        let bench = try ProcessorTests.Bench(store, nil)
        for number in 1...6 { try await bench.post(message: "\(number)", "oi", chat: number) }
        let entries = try await store.undecided(limit: 10)
        var batch = DecisionBatch(
            store: store, engine: Engine(rules: RuleSet([])), accounts: try exampleAccounts(), surroundings: surroundings())
        try await batch.prepare(Array(entries[..<4]))
        #expect(batch.prepared.keys.sorted() == entries[..<4].map(\.id))
        try await batch.decide(entries[0])
        try await batch.prepare(Array(entries[4...]))
        #expect(batch.prepared.keys.sorted() == entries[4...].map(\.id))
        // What was prepared before is decided all the same.
        for entry in entries[1...] { try await batch.decide(entry) }
        #expect(batch.outcomes.map(\.entry.id) == entries.map(\.id))
        #expect(batch.prepared.isEmpty)
    }
}
