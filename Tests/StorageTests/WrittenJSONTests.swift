import Model
import Storage
import Testing

@testable import StorageSQLite

@Suite struct WrittenJSONTests {
    @Test func givesBackTheLatest() {
        let written = WrittenJSON<Int>(limit: 3)
        for number in 1...5 { written.add(number, as: "text \(number)") }
        written.add(9, as: "text 5")
        #expect((1...6).map { written["text \($0)"] } == [nil, nil, 3, 4, 9, nil])
        written.add(6, as: "text 6")
        #expect((1...6).map { written["text \($0)"] } == [nil, nil, nil, 4, 9, 6])
        #expect([written.take("text 5"), written.take("text 5"), written["text 6"]] == [9, nil, 6])
    }

    @Test func tellsTextsApartByTheirBytes() {
        let written = WrittenJSON<Int>()
        written.add(1, as: "caf\u{E9}")
        #expect(written["cafe\u{301}"] == nil)
        #expect(written["caf\u{E9}"] == 1)
    }

    @Test func keepsNoLongTexts() {
        let written = WrittenJSON<Int>()
        let longest = String(repeating: "a", count: WrittenJSON<Int>.longestText)
        written.add(1, as: longest)
        written.add(2, as: longest + "a")
        #expect([written[longest], written[longest + "a"]] == [1, nil])
    }

    /// What was remembered, and what is read in a process that knows nothing of it.
    @Test(
        arguments: [
            .reply(Reply(text: "a \0 ‘b’ \u{1F600} e\u{301} /", buttons: ["x", ""], file: "https://example.org/a?b=c")),
            .note(""), .route(.department("Sales")), .route(.queue), .tag(["a", "b"], of: .contact),
            .untag([], of: .conversation),
            .close(Closing(comment: nil, tags: ["done"])),
            .contact(["age": 30, "height": .number(.nan)]),
            .call(VendorCall(method: "PUT", path: "/v1/x", json: ["n": .number(1.5)])),
        ] as [Action])
    func aRestartChangesNothing(_ action: Action) async throws {
        try await withTemporaryFolder { folder in
            let path = folder + "/bellhop.db"
            let state = ConversationState(
                handler: .human, humanUntil: at(9000), tags: ["vip"], hasCustomerMessage: true, customerMessages: [at(1), at(2)],
                isClosed: true)
            var effect = draft("k1")
            effect.effect.action = action
            func claimed(_ store: any Store) async throws -> OutboxEntry {
                let entry = try await store.claimOne(now: at(3))
                try await store.settle(entry.id, as: .retry(at: at(3), .serverError, uncertain: false), answer: nil, at: at(3))
                return entry
            }
            let first = try SQLiteStore.open(path: path)
            let event = try await first.arrival("e1")
            try await first.commit([
                Evaluation(inboxID: event.id, conversation: key("c1"), basedOn: 0, state: state, effects: [effect], at: at(0))
            ])
            let remembered = try await claimed(first)
            try await first.close()

            let second = try SQLiteStore.open(path: path)
            var read = try await claimed(second)
            read.attempt -= 1
            read.attemptOfLife -= 1
            #expect(read == remembered)
            try await second.close()
        }
    }
}
