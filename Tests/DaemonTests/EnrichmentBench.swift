import Daemon
import Delivery
import Model
import Storage
import Synchronization
import Testing
import VendorKit
import Vendors

/// A processor over an account of OmniChat that may be asked for what its webhooks lack.
struct EnrichmentBench: Sendable {
    let store: any Store
    let processor: Processor
    let book: LookupBook
    let decisions = Decisions()
    private let bell: WakeSignal

    init(
        _ store: any Store = MemoryStore(), rules: String, calls: LookupCalls, settings: Settings = enrichmentSettings(),
        limits: LookupBook.Limits = LookupBook.Limits(), clock: ManualClock = ManualClock(),
        committed: @escaping @Sendable () -> Void = {}
    ) async throws {
        self.store = store
        let (bell, decisions) = (WakeSignal(), decisions)
        self.bell = bell
        let surroundings = surroundings(clock: clock)
        book = LookupBook(calls: calls, surroundings: surroundings, limits: limits, answered: { _ in bell.raise() })
        let accounts = try AccountDirectory(
            settings, reader: SecretReader(environment: ["SECRET": secret, "KEY": apiKey, "API_SECRET": apiSecret]))
        processor = Processor(
            store: store, box: EngineBox(try await engine(rules, settings: settings)), accounts: accounts,
            depth: InboxDepth(), metrics: Metrics(), surroundings: surroundings, wakeUp: bell, book: book,
            sinks: Processor.Sinks(
                decided: { decision, _ in decisions.add(decision) }, committed: committed, timersSet: { _ in }))
    }

    func post(
        _ id: String, _ text: String = "oi", chat: String = "c1", platform: String = "WAB-OMNICHAT"
    ) async throws {
        let body = """
            {"objectId": "\(id)", "resource": "Message", "event": "CREATE", "timestamp": 1700000000000, "payload": {
            "objectId": "\(id)", "type": "TEXT", "text": "\(text)", "status": "INCOMING_RECEIVED", "system": false,
            "platform": "\(platform)", "chat": {"className": "Chat", "objectId": "\(chat)"}}}
            """
        try await post(body, id: "omnichat:oc:message:\(id)", kind: .messageReceived, conversation: chat)
    }

    /// A webhook about an Interaction or an Order.
    func post(resource: String, _ id: String) async throws {
        let body = #"{"objectId": "\#(id)", "resource": "\#(resource)", "event": "UPDATE", "timestamp": 1700000000000}"#
        let event = "omnichat:oc:\(resource.lowercased()):\(id):update:2023-11-14T22:13:20Z"
        try await post(
            body, id: event, kind: resource == "Order" ? .orderChanged : .interactionChanged, conversation: "event:\(event)")
    }

    private func post(_ body: String, id: String, kind: EventKind, conversation: String) async throws {
        let key = ConversationKey(account: "oc", conversation: conversation)
        _ = try await store.accept(
            IncomingWebhook(
                account: "oc", vendor: .omnichat, receivedAt: Instant(seconds: 1_700_000_000), body: Array(body.utf8),
                events: [EventHeader(id: id, kind: kind, conversation: key)]))
    }

    /// Decides until nothing waits, whatever has to be waited for.
    func settle() async throws {
        while try await !store.undecided(limit: 1).isEmpty {
            if try await processor.decideWaiting() == 0, try await !store.undecided(limit: 1).isEmpty { await bell.wait() }
        }
    }

    /// Decides what can be decided now.
    func decide() async throws { while try await processor.decideWaiting() > 0 {} }

    /// The texts of the replies and notes so far, in the order in which they were decided.
    var replies: [String] {
        decisions.all.flatMap(\.effects).compactMap { effect in
            if case .reply(let reply) = effect.action, effect.status == .planned { reply.text } else { nil }
        }
    }

    var notes: [[String]] { decisions.all.map { $0.event.fetched.notes.map(\.text) } }
}

let apiKey = "omnichat-api-key-0001"
let apiSecret = "omnichat-api-secret-0001"

func enrichmentSettings(
    baseURL: String? = nil, delivery: DeliveryMode = .live, enriches: Bool = true
) -> Settings {
    func secret(_ name: String) -> SecretReference {
        SecretReference(.environment(name), at: SourcePosition(file: "bellhop.yaml", line: 1, column: 1))
    }
    return Settings(accounts: [
        AccountSettings(
            account: Account(id: "oc", vendor: .omnichat, baseURL: baseURL), delivery: delivery,
            webhookSecrets: [secret("SECRET")], apiSecrets: ["key": secret("KEY"), "secret": secret("API_SECRET")],
            enriches: enriches)
    ])
}

/// Answers calls when it is told to, and keeps what was asked.
final class GatedCalls: Sendable {
    private struct State {
        var asked: [String] = []
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var expected: (count: Int, waiting: CheckedContinuation<Void, Never>)?
    }

    private let state = Mutex(State())
    private let answer: @Sendable (String) -> TransportResult

    /// - Parameter answer: to the path behind the base URL.
    init(isOpen: Bool = false, _ answer: @escaping @Sendable (String) -> TransportResult) {
        self.answer = answer
        state.withLock { $0.isOpen = isOpen }
    }

    /// Paths with their queries, in the order in which they were asked.
    var asked: [String] { state.withLock { $0.asked } }

    var calls: LookupCalls {
        LookupCalls(send: { request, _ in
            let path = String(request.url.dropFirst("https://api.omni.chat/v1".count))
            await self.pass(path)
            return self.answer(path)
        })
    }

    /// Lets everything through from now on.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when so many calls were made.
    func reach(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.asked.count < count { state.expected = (count, continuation) }
                return state.asked.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    private func pass(_ path: String) async {
        await withCheckedContinuation { continuation in
            let (reached, goesOn) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
                state.asked.append(path)
                if !state.isOpen { state.waiting.append(continuation) }
                guard let expected = state.expected, state.asked.count >= expected.count else { return (nil, state.isOpen) }
                state.expected = nil
                return (expected.waiting, state.isOpen)
            }
            reached?.resume()
            if goesOn { continuation.resume() }
        }
    }

    static func json(_ text: String) -> TransportResult { .response(VendorResponse(status: 200, body: Array(text.utf8))) }

    /// A chat of that id, whose phone tells which.
    static func chat(_ path: String) -> TransportResult {
        let id = path.split(separator: "/").last.map(String.init) ?? ""
        return json(
            #"{"objectId": "\#(id)", "name": "Ana \#(id)", "platformId": "5511900000\#(id.utf8.count)00", "status": "WAITING", "user": null}"#
        )
    }
}
