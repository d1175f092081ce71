import Daemon
import Foundation
import JSON
import Model
import Storage
import StorageSQLite
import Testing
import Vendors

/// What the socket tells of a store in which things went wrong before the daemon started.
@Suite struct ControlLedgerTests {
    private static let rules = """
        version: 1
        rules: [ { id: echo, do: [ { reply: hi } ] } ]
        """

    private static let now = Instant(seconds: 1_699_999_000)
    private static let clocks = ClockReading(wall: now, bootID: "boot-0", sinceBoot: 1000)
    private static let conversation = ConversationKey(account: "hg", conversation: "7")
    private static let at = SourcePosition(file: "rules/a.yaml", line: 3, column: 5)

    private static func effect(_ number: Int, _ action: Action, event: String = "1") -> OutboxDraft {
        OutboxDraft(
            effect: Effect(
                key: "k\(event)-\(number)", eventID: "huggy:hg:message:\(event)", rule: "echo", ruleAt: at, action: action,
                target: EffectTarget(
                    account: "hg", vendor: .huggy, conversationID: "7", contactID: "5", channel: "webchat", tags: [])),
            createdAt: now, notBefore: now,
            origin: EffectOrigin(
                revision: "feed", mode: .live,
                conditions: [
                    ConditionTrace(condition: "text.any", at: at, wanted: ["order*"], actual: "order 5")
                ]))
    }

    /// Message 1 has a reply that was refused and took a note with it, message 2 a reply that went out, message 3 could not be
    /// decided.
    private static func fill(_ store: SQLiteStore) async throws {
        for (id, text) in [("1", "order 5"), ("2", "order 6"), ("3", "order 7")] {
            _ = try await store.accept(
                IncomingWebhook(
                    account: "hg", vendor: .huggy, receivedAt: now, body: Array(huggyMessage(id, text).utf8),
                    events: [EventHeader(id: "huggy:hg:message:\(id)", kind: .messageReceived, conversation: conversation)]))
        }
        let entries = try await store.undecided(limit: 10)
        let effects: [[OutboxDraft]] = [
            [effect(0, .reply(Reply(text: "hi"))), effect(1, .note("seen"))],
            [effect(0, .reply(Reply(text: "ho")), event: "2")], [],
        ]
        for (entry, effects) in zip(entries, effects) {
            let version = try await store.state(of: conversation, cooldowns: []).version
            let isBroken = entry.event.id.hasSuffix("3")
            try await store.commit([
                Evaluation(
                    inboxID: entry.id, conversation: conversation, basedOn: version,
                    state: isBroken ? nil : ConversationState(), effects: effects,
                    end: isBroken ? .dead("more than 512 effects") : .done, at: now)
            ])
        }
        let first = try await store.claimEffects(at: clocks, limit: 10)
        try await store.settle(
            first[0].id, as: .dead(.refused, message: "answered 404"), answer: nil,
            attempt: AttemptReport(
                at: now, outcome: .refused, status: 404, answer: #"{"error":"no such chat"}"#,
                request:
                    #"{"method":"POST","url":"https://api.huggy.app/v3/chats/7/messages","headers":{},"json":{"text":"hi"}}"#,
                durationMilliseconds: 12), at: now)
        let second = try await store.claimEffects(at: clocks, limit: 10)
        try await store.settle(
            second[0].id, as: .done(remoteID: "991"), answer: nil,
            attempt: AttemptReport(at: now, outcome: .done, status: 200, answer: "{}", durationMilliseconds: 9), at: now)
    }

    private func withTrouble(_ body: @escaping @Sendable (ControlledDaemon) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let store = try SQLiteStore.open(path: folder + "/bellhop.db")
            try await Self.fill(store)
            try await store.close()
            try await ControlledDaemon.run(rules: Self.rules, in: folder, body)
        }
    }

    @Test func listsAndShowsDeadLetters() async throws {
        try await withTrouble { daemon in
            let letters = try await daemon.items(.deadLetters(DeadLetterFilter(), limit: 10))
            #expect(Set(letters.map { $0["message"]?.text }) == ["answered 404", "more than 512 effects"])
            let refused = try #require(letters.first { $0["effect"] != .null })
            let id = try #require(refused["id"]?.text.flatMap { DeadLetterID($0) })
            let letter = try await daemon.result(.showDeadLetter(id))
            #expect(letter["effect"]?["reason"] == "refused")
            #expect(letter["effect"]?["request"]?["json"] == ["text": "hi"])
            #expect(
                letter["effect"]?["attempts"] == [
                    [
                        "number": 1, "at": .string(Self.now.iso8601), "outcome": "refused", "status": 404,
                        "answer": #"{"error":"no such chat"}"#, "duration_ms": 12,
                    ]
                ])
            #expect(letter["cancelled"]?.array?.map { $0["action"]?.text } == ["note"])
            #expect(letter["decoded"]?["message"]?["text"] == "order 5")
            #expect(!JSONWriter.string(letter).contains(secret))

            let filtered = try await daemon.ask(.deadLetters(DeadLetterFilter(reason: .effect(.timeout)), limit: 10))
            #expect(filtered == [.done(["more": false])])
            let one = try await daemon.ask(.deadLetters(DeadLetterFilter(), limit: 1))
            #expect(one.count == 2 && one.last == .done(["more": true]))
        }
    }

    @Test func retriesWithWhatWasCancelledInOrder() async throws {
        try await withTrouble { daemon in
            let letters = try await daemon.items(.deadLetters(DeadLetterFilter(account: "hg", rule: "echo"), limit: 10))
            let id = try #require(letters.first?["id"]?.text.flatMap { DeadLetterID($0) })
            let result = try await daemon.result(.retryDeadLetter(id))
            #expect(result["retried"] == 2)
            await daemon.console.reach(2)
            #expect(daemon.console.all.first?.contains("/chats/7/messages") == true)
            #expect(daemon.console.all.last?.contains("-> note of rule echo") == true)
            let again = try await daemon.ask(.retryDeadLetter(id))
            #expect(again == [.refused("there is no dead letter \(id.text)", .null)])
        }
    }

    @Test func decidesADeadEventAgain() async throws {
        try await withTrouble { daemon in
            let letters = try await daemon.items(.deadLetters(DeadLetterFilter(), limit: 10))
            let id = try #require(letters.first { $0["effect"] == .null }?["id"]?.text.flatMap { DeadLetterID($0) })
            #expect(try await daemon.result(.retryDeadLetter(id))["retried"] == 1)
            await daemon.console.reach(2)
            #expect(daemon.console.all.first?.contains("order 7") == true)
        }
    }

    @Test func discards() async throws {
        try await withTrouble { daemon in
            for letter in try await daemon.items(.deadLetters(DeadLetterFilter(), limit: 10)) {
                let id = try #require(letter["id"]?.text.flatMap { DeadLetterID($0) })
                #expect(try await daemon.result(.discardDeadLetter(id))["discarded"] != 0)
            }
            #expect(try await daemon.items(.deadLetters(DeadLetterFilter(), limit: 10)) == [])
            let group = try await daemon.items(.blame("huggy:hg:message:1", account: nil, limit: 10)).first
            #expect(group?["effects"]?.array?.map { $0["status"]?.text } == ["discarded", "discarded"])
        }
    }

    @Test(arguments: [
        ("991", "message", ["2"]), ("huggy:hg:message:1", "event", ["1"]), ("huggy:hg:message:3", "event", ["3"]),
        ("7", "conversation", ["2", "1"]),
    ])
    func blamesMessagesEventsAndConversations(id: String, found: String, messages: [String]) async throws {
        try await withTrouble { daemon in
            let replies = try await daemon.ask(.blame(id, account: nil, limit: 10))
            let groups = replies.compactMap { if case .item(let value) = $0 { value } else { nil } }
            #expect(groups.map { $0["event"]?["id"]?.text } == messages.map { "huggy:hg:message:\($0)" })
            #expect(groups.map { $0["decoded"]?["message"]?["id"]?.text } == messages)
            guard case .done(let end) = replies.last else {
                Issue.record("no end")
                return
            }
            #expect(end["found"] == .string(found))
        }
    }

    @Test func blameLeadsFromTheMessageToTheRule() async throws {
        try await withTrouble { daemon in
            let group = try #require(try await daemon.items(.blame("991", account: "hg", limit: 10)).first)
            let effect = group["effects"]?["0"]
            #expect(effect?["at"] == "rules/a.yaml:3:5")
            #expect(effect?["status"] == "done" && effect?["message_id"] == "991")
            #expect(effect?["rules"]?["revision"] == "feed")
            #expect(
                effect?["rules"]?["conditions"] == [
                    ["condition": "text.any", "at": "rules/a.yaml:3:5", "wanted": ["order*"], "actual": "order 5"]
                ])
            #expect(group["webhook"]?["received_at"] == .string(Self.now.iso8601))
            let unknown = try await daemon.ask(.blame("nobody", account: nil, limit: 10))
            #expect(unknown == [.refused("nothing is known of nobody", .null)])
            let elsewhere = try await daemon.ask(.blame("991", account: "rc", limit: 10))
            #expect(elsewhere == [.refused("nothing is known of 991", .null)])
        }
    }

    @Test func exportsWithoutSecrets() async throws {
        try await withTrouble { daemon in
            let captures = try await daemon.items(.captures(CaptureQuery(matchedRule: "echo")))
            #expect(captures.map { $0["account"]?.text } == ["hg", "hg"])
            #expect(captures.first?["vendor"] == "huggy")
            #expect(captures.first?["received_at"] == .string(Self.now.iso8601))
            #expect(captures.first?["body"]?["token"] == "[redacted]")
            #expect(!JSONWriter.string(.array(captures)).contains(secret))
            let later = try await daemon.ask(.captures(CaptureQuery(since: Self.now.adding(.seconds(1)))))
            #expect(later == [.done(["captures": 0])])
        }
    }

    @Test func removesCapturesOnRequest() async throws {
        try await withTrouble { daemon in
            let removed = try await daemon.result(.prune(capturesBefore: Self.now.adding(.seconds(1))))
            #expect(removed["webhooks"] == 0)
            let left = try await daemon.items(.captures(CaptureQuery()))
            #expect(left.count == 3 - (removed["bodies"].flatMap { Int($0.text ?? "") } ?? 0))
            let none = try await daemon.result(.prune(capturesBefore: nil))
            #expect(none.object?.entries.allSatisfy { $0.value == 0 } == true)
        }
    }
}
