import Delivery
import Logging
import Model
import Storage
import Synchronization
import TestSupport
import Testing
import VendorKit

/// `http` actions with `save`: whatever comes of the one attempt is the answer.
@Suite(.timeLimit(.minutes(15))) struct SavedCallTests {
    /// Through the real transport, to a server on this machine.
    struct Answered: Sendable, CustomTestStringConvertible {
        var name: String
        var status = 200
        var type: String?
        var body = ""
        var content: Value.Object
        var outcome = DeliveryReport.OutcomeClass.done

        var testDescription: String { name }

        var text: String {
            "HTTP/1.1 \(status) X\r\n" + (type.map { "Content-Type: \($0)\r\n" } ?? "")
                + "Content-Length: \(body.utf8.count)\r\nX-A: 1\r\nx-a: Zwei\r\n\r\n\(body)"
        }

        var value: Value {
            var headers: Value.Object = ["content-length": .string("\(body.utf8.count)"), "x-a": "1, Zwei"]
            if let type { headers["content-type"] = .string(type) }
            var object: Value.Object = ["status": .integer(Int64(status)), "headers": .object(headers)]
            for entry in content.entries { object[entry.key] = entry.value }
            return .object(object)
        }
    }

    static let answers: [Answered] = [
        Answered(
            name: "JSON", type: "application/json; charset=utf-8", body: #"{"state":"enviado","n":[1,2.5,null,true]}"#,
            content: ["json": ["state": "enviado", "n": [1, .number(2.5), .null, true]]]),
        Answered(name: "another JSON type", type: "Application/Problem+JSON", body: " 7 ", content: ["json": 7]),
        Answered(name: "JSON after a byte order mark", type: "text/json", body: "\u{FEFF}[]", content: ["json": []]),
        Answered(name: "JSON that is none", type: "application/json", body: "{oops", content: ["text": "{oops"]),
        Answered(name: "JSON without its type", type: "text/plain", body: "{}", content: ["text": "{}"]),
        Answered(name: "a type that only looks like JSON", type: "application/jsonp", body: "{}", content: ["text": "{}"]),
        Answered(name: "text without a type", body: "olá", content: ["text": "olá"]),
        Answered(name: "nothing", status: 204, content: ["text": ""]),
        Answered(name: "a redirect", status: 302, body: "there", content: ["text": "there"], outcome: .refused),
        Answered(name: "not found", status: 404, type: "application/json", body: "{}", content: ["json": [:]], outcome: .refused),
        Answered(name: "too many requests", status: 429, content: ["text": ""], outcome: .throttled),
        Answered(name: "a broken system", status: 500, body: "oops", content: ["text": "oops"], outcome: .retry),
    ]

    @Test(arguments: answers)
    func anyStatusIsAnAnswer(_ answered: Answered) async throws {
        let server = try LoopbackServer { _ in .textAndClose(answered.text) }
        defer { server.stop() }
        let world = try SavedCallWorld(allowing: ["127.0.0.1"])
        let report = try await world.deliver(effect("k1", Self.call(server.url("/orders/1"))))
        #expect(world.store.answers == ["k1": answered.value])
        #expect(world.store.settlements == ["k1": [.done(remoteID: nil)]])
        #expect(report?.outcome == answered.outcome)
        #expect(report?.result == .done)
        #expect(report?.status == answered.status)
        #expect(report?.isAnswered == true)
        #expect(server.requests.count == 1)
        let entry = try #require(try await world.store.undecided(limit: 10).first)
        #expect(entry.event.conversation == ConversationKey(account: "main", conversation: "c1"))
        #expect(
            entry.internalEvent?.cause
                == .answer(HTTPAnswer(effectKey: "k1", variable: "order", value: answered.value)))
    }

    @Test func bytesThatAreNoTextAreLeftOut() async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in
            .response(VendorResponse(status: 200, headers: ["content-type": "image/png"], body: [0x89, 0x50, 0xFF]))
        }
        _ = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/")))
        #expect(world.store.answers == ["k1": ["status": 200, "headers": ["content-type": "image/png"]]])
    }

    @Test(arguments: [
        (LoopbackServer.Answer.silence, "timeout"), (.textAndReset(""), "uncertain"),
        (.textAndClose("HTTP/1.1 200"), "uncertain"),
        (.text("HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 300_000)), "too_large"),
        (.text("HTTP/1.1 200 OK\r\nX-A: " + String(repeating: "x", count: 70_000) + "\r\n\r\n"), "too_large"),
    ])
    func noAnswerIsAnAnswerToo(answer: LoopbackServer.Answer, word: String) async throws {
        for method in ["POST", "GET"] {
            let server = try LoopbackServer { _ in answer }
            defer { server.stop() }
            let world = try SavedCallWorld(allowing: ["127.0.0.1"])
            // Only who waits for silence waits to the end, and a busy machine may need long for the others.
            let timeout: Int64 = word == "timeout" ? 1000 : 9000
            let report = try await world.deliver(effect("k1", Self.call(server.url("/"), method: method, timeout: timeout)))
            #expect(world.store.answers == ["k1": HTTPAnswer.failure(word)])
            #expect(world.store.settlements == ["k1": [.done(remoteID: nil)]])
            #expect(report?.outcome == .uncertain)
            #expect(server.requests.count == 1)
        }
    }

    @Test func aSystemThatIsDownIsAnAnswer() async throws {
        let server = try LoopbackServer()
        let url = server.url("/")
        server.stop()
        let world = try SavedCallWorld(allowing: ["127.0.0.1"])
        let report = try await world.deliver(effect("k1", Self.call(url)))
        #expect(world.store.answers == ["k1": HTTPAnswer.failure("not_sent")])
        #expect(report?.outcome == .notSent)
        #expect(report?.result == .done)
    }

    @Test(arguments: [
        (effect("k1", call("https://evil.example/")), "refused"),
        (effect("k1", call("http://127.0.0.1/", method: "P T")), "unbuildable"),
        (effect("k1", call("http://127.0.0.1/"), account: "gone"), "unbuildable"),
    ])
    func whatIsWithheldIsAnswered(effect: Effect, word: String) async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in .notSent("never asked") }
        let report = try await world.deliver(effect)
        #expect(world.store.answers == ["k1": HTTPAnswer.failure(word)])
        #expect(world.store.settlements == ["k1": [.done(remoteID: nil)]])
        #expect(report?.outcome == .withheld)
        #expect(world.calls == 0)
    }

    @Test func aPrintedCallIsAnsweredSoThatAFlowGoesOn() async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"], mode: .print) { _ in .notSent("never asked") }
        let report = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/")))
        #expect(world.store.answers == ["k1": HTTPAnswer.failure("printed")])
        #expect(report?.outcome == .printed)
        #expect(world.printed == ["k1"])
        #expect(world.calls == 0)
    }

    @Test func aHumanDoesNotStopACall() async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in .response(VendorResponse(status: 200)) }
        _ = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/")), state: ConversationState(handler: .human))
        #expect(world.calls == 1)
        #expect(world.store.answers["k1"]?["status"] == 200)
    }

    @Test(arguments: [
        ("GET", true), ("HEAD", true), ("PUT", true), ("DELETE", true), ("OPTIONS", true), ("POST", false), ("PATCH", false),
    ])
    func afterACrashOnlyWhatMayBeRepeatedIsSentAgain(method: String, isSent: Bool) async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in .response(VendorResponse(status: 200)) }
        _ = try await world.deliver(
            effect("k1", Self.call("http://127.0.0.1/", method: method)), afterCrash: true)
        #expect(world.calls == (isSent ? 1 : 0))
        let answered: Value = isSent ? ["status": 200, "headers": [:], "text": ""] : HTTPAnswer.failure("uncertain")
        #expect(world.store.answers == ["k1": answered])
    }

    @Test(arguments: [
        ("POST", TransportResult.notSent("the transport is closed"), FailureReason.notSent, false),
        ("GET", .lost("the transport is closed"), .uncertain, true),
    ])
    func aCallCutOffByOurOwnStopGoesOnAtTheNextStart(
        method: String, result: TransportResult, reason: FailureReason, isUncertain: Bool
    ) async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in result }
        let report = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/", method: method)))
        #expect(world.store.answers.isEmpty)
        let at = world.time.now.adding(.milliseconds(500))
        #expect(world.store.settlements == ["k1": [.retry(at: at, reason, uncertain: isUncertain)]])
        #expect(report?.isAnswered == false)
    }

    @Test func aCallThatMayNotBeRepeatedIsAnsweredWhenOurStopCutsItOff() async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in .lost("the transport is closed") }
        _ = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/")))
        #expect(world.store.answers == ["k1": HTTPAnswer.failure("uncertain")])
    }

    @Test func withoutSaveACallIsTriedAgainAndNotAnswered() async throws {
        let world = try SavedCallWorld(allowing: ["127.0.0.1"]) { _ in .response(VendorResponse(status: 500)) }
        let report = try await world.deliver(effect("k1", Self.call("http://127.0.0.1/", save: nil)))
        #expect(world.store.answers.isEmpty)
        #expect(report?.result == .retry)
        #expect(report?.isAnswered == false)
    }

    private static func call(
        _ url: String, method: String = "POST", save: String? = "order", timeout: Int64? = nil
    ) -> Action {
        .http(
            HTTPCall(
                method: method, url: url, body: method == "POST" ? .json(["n": 1]) : nil, timeoutMilliseconds: timeout,
                save: save))
    }
}

/// A dispatcher over a store in memory, for one attempt.
private final class SavedCallWorld: Sendable {
    let store = ObservedStore()
    let time = ManualTime()
    private let transport: any Transport
    private let recording: RecordingTransport?
    private let destinations: FixedDestinations
    private let seen = Mutex(Seen())
    private let stop = WakeSignal()

    private struct Seen {
        var printed: [String] = []
        var report: DeliveryReport?
    }

    /// - Parameter script: nil for the real transport.
    init(
        allowing hosts: [String], mode: DeliveryMode = .live, _ script: (@Sendable (String) -> TransportResult)? = nil
    ) throws {
        var destinations = FixedDestinations()
        destinations.httpAllowList = try HTTPAllowList(hosts)
        destinations.list[0].mode = mode
        self.destinations = destinations
        let time = time
        recording = script.map { script in RecordingTransport(time: time) { key, _ in script(key) } }
        transport = try recording ?? CurlTransport(version: "1.2.3")
    }

    /// Plans an effect, lets one attempt of it be made and recorded, and stops.
    func deliver(
        _ effect: Effect, state: ConversationState = ConversationState(), afterCrash: Bool = false
    ) async throws -> DeliveryReport? {
        try await store.plan([effect], state: state, event: "event-1", at: time.now)
        if afterCrash {
            _ = try await store.claimEffects(at: time.clocks, limit: 1)
            _ = try await store.recover()
        }
        let world = self
        let dispatcher = Dispatcher(
            store: store, destinations: destinations, transport: transport,
            surroundings: DispatchSurroundings(
                clocks: { world.time.clocks }, random: { 0.5 }, sleep: { await world.time.sleep(until: $0) },
                print: { delivery in world.seen.withLock { $0.printed.append(delivery.effect.key) } },
                observe: { report in
                    world.seen.withLock { $0.report = report }
                    world.stop.raise()
                },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        async let run: Void = dispatcher.run()
        await stop.wait()
        await dispatcher.stop()
        await run
        return seen.withLock { $0.report }
    }

    var printed: [String] { seen.withLock { $0.printed } }
    var calls: Int { recording?.calls.count ?? 0 }
}
