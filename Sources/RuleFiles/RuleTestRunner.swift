import Foundation
package import Model
package import Rules

/// Reads a captured payload into events with the vendors' decoders: given to the runner, which knows no vendor.
package struct PayloadReader: Sendable {
    /// Throws when the payload is of no known vendor, or no JSON object.
    package let events:
        @Sendable (_ body: [UInt8], _ vendor: VendorID?, _ account: String?, _ now: Instant) throws(PayloadError) -> [Event]
    /// The bytes of a payload's file; nil when there is none.
    package var contents: @Sendable (_ path: String) -> [UInt8]? = { path in
        FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }

    package init(
        events: @escaping @Sendable ([UInt8], VendorID?, String?, Instant) throws(PayloadError) -> [Event]
    ) {
        self.events = events
    }
}

/// Why a payload could not be read.
package struct PayloadError: Error, Sendable, Hashable {
    /// A stable word for programs: `not_json`, `not_an_object`, `unknown_vendor`, `unreadable`.
    package let code: String
    package let message: String

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// What came of one test.
package struct RuleTestResult: Sendable {
    package var test: RuleTest
    /// Empty when it passed.
    package var failures: [RuleTestFailure]

    package var passed: Bool { failures.isEmpty }
}

package struct RuleTestFailure: Sendable, Hashable {
    /// The step's place.
    package var at: SourcePosition
    /// What was expected and what happened, a line each.
    package var message: String

    package init(at: SourcePosition, message: String) {
        self.at = at
        self.message = message
    }
}

/// Runs rule tests with the daemon's engine, in memory, on a virtual clock. Every test begins with nothing but its `given`.
package struct RuleTestRunner: Sendable {
    private let engine: Engine
    private let payloads: PayloadReader

    /// - Parameter engine: with the profiles of all vendors, so that unsupported actions show.
    package init(engine: Engine, payloads: PayloadReader) {
        self.engine = engine
        self.payloads = payloads
    }

    /// Decides as the daemon does. A test that fails is run once more with every rule explained, to tell why.
    package func run(_ test: RuleTest) -> RuleTestResult {
        let plain = run(test, explaining: false)
        guard !plain.passed else { return plain }
        let explained = run(test, explaining: true)
        return explained.passed ? plain : explained
    }

    /// - Parameter explaining: decides by trying every rule, also those that the index leaves out.
    package func run(_ test: RuleTest, explaining: Bool) -> RuleTestResult {
        var run = RuleTestRun(test, engine: engine, payloads: payloads, explaining: explaining)
        return RuleTestResult(test: test, failures: run.failures())
    }

    /// What is decided in a test, whatever it expects: by step, each decision with what was tried for it. Apart from `run`, so
    /// that looking at coverage changes no verdict.
    package func recorded(_ test: RuleTest) -> [[Decision]] {
        var engine = engine
        engine.isRecording = true
        var run = RuleTestRun(test, engine: engine, payloads: payloads, explaining: false)
        return run.decisions()
    }

    /// What came of each step, up to the first one that cannot happen.
    func outcomes(of test: RuleTest) -> [StepOutcome] {
        var run = RuleTestRun(test, engine: engine, payloads: payloads, explaining: false)
        return run.outcomes()
    }
}

/// One test on its way.
private struct RuleTestRun {
    private let test: RuleTest
    private let payloads: PayloadReader
    private let explaining: Bool
    private var session: Session
    private var now: Instant
    private var count = 0
    private var lastConversation = ConversationKey(account: "test", conversation: EventDraft.conversationID)
    /// Of the last step, of all conversations.
    private var occurrences: [Session.Occurrence] = []

    init(_ test: RuleTest, engine: Engine, payloads: PayloadReader, explaining: Bool) {
        self.test = test
        self.payloads = payloads
        self.explaining = explaining
        now = test.startsAt
        var state = ConversationState(
            handler: test.given.handler ?? .bot, variables: test.given.variables, tags: test.given.tags)
        state.flow = test.given.flow.flatMap { engine.standing(at: $0, now: test.startsAt) }
        session = Session(engine: engine, initialState: state)
        if state.flow != nil {
            // Its timers wait before the first event.
            let event = EventDraft().event(number: 0, at: test.startsAt)
            state.known = KnownConversation(
                vendor: event.vendor, conversation: event.conversation, contact: event.contact, agent: event.agent)
            session.begin(lastConversation, with: state)
        }
    }

    mutating func failures() -> [RuleTestFailure] {
        var failures: [RuleTestFailure] = []
        for (index, step) in test.steps.enumerated() {
            let outcome: StepOutcome
            do throws(PayloadError) {
                outcome = try carryOut(step)
            } catch {
                failures.append(RuleTestFailure(at: step.at, message: "the payload cannot be read: \(error.message)"))
                continue
            }
            guard let expectation = step.expectation else { continue }
            let check = ExpectationCheck(expectation, outcome: outcome)
            let name = test.steps.count > 1 ? "step \(index + 1): " : ""
            failures += check.failures().map { RuleTestFailure(at: expectation.at, message: name + $0) }
        }
        return failures
    }

    /// By step; a step that cannot happen has none.
    mutating func decisions() -> [[Decision]] {
        test.steps.map { step in
            _ = try? carryOut(step)
            return occurrences.map(\.decision)
        }
    }

    mutating func outcomes() -> [StepOutcome] {
        var outcomes: [StepOutcome] = []
        for step in test.steps {
            guard let outcome = try? carryOut(step) else { return outcomes }
            outcomes.append(outcome)
        }
        return outcomes
    }

    private mutating func carryOut(_ step: RuleTestStep) throws(PayloadError) -> StepOutcome {
        var decisions: [Session.Occurrence] = []
        occurrences = []
        var problem: String?
        let named = step.conversation.map { ConversationKey(account: lastConversation.account, conversation: $0) }
        switch step.stimulus {
        case .event(let draft):
            count += 1
            decisions = decide([draft.event(number: count, at: now)])
        case .payload(let path, let vendor, let account):
            decisions = decide(try events(path, vendor: vendor, account: account))
        case .wait(let duration):
            now = now.adding(duration)
            let all = session.timers(until: now, explaining: explaining)
            if all.count == Session.timerLimit { problem = "more than \(Session.timerLimit) timers came up in this wait" }
            // Time goes on for all conversations, and the step is about one.
            occurrences = all
            decisions = all.filter { $0.conversation == named ?? lastConversation }
        case .http(let answer):
            let answered = session.answer(answer, in: named ?? lastConversation, now: now, explaining: explaining)
            if answered == nil { problem = "no http call waits for an answer" }
            decisions = answered.map { [$0] } ?? []
        case nil: break
        }
        if occurrences.isEmpty { occurrences = decisions }
        return StepOutcome(decisions, of: named ?? lastConversation, session: session, now: now, problem: problem)
    }

    private mutating func decide(_ events: [Event]) -> [Session.Occurrence] {
        events.compactMap { event in
            lastConversation = event.conversationKey
            return session.decide(event, now: now, explaining: explaining)
                .map { Session.Occurrence(conversation: event.conversationKey, decision: $0) }
        }
    }

    private func events(_ path: String, vendor: VendorID?, account: String?) throws(PayloadError) -> [Event] {
        guard let bytes = payloads.contents(path) else {
            throw PayloadError(code: "unreadable", message: "there is no file \(path)")
        }
        return try payloads.events(bytes, vendor, account, now)
    }
}

/// What a step of a test led to.
struct StepOutcome {
    /// Of the step's events, in order; of what came up in a `wait`, those of the conversation that the step means.
    var decisions: [Decision]
    /// Of the conversation that the step means.
    var state: ConversationState
    /// The flows of that conversation that ended.
    var ends: [FlowEnd]
    /// The virtual clock's time at the end of the step.
    var now: Instant
    /// Why the step could not happen at all.
    var problem: String?

    init(
        _ occurrences: [Session.Occurrence], of conversation: ConversationKey, session: Session, now: Instant, problem: String?
    ) {
        decisions = occurrences.map(\.decision)
        state = session.state(of: conversation)
        ends = occurrences.filter { $0.conversation == conversation }.flatMap { $0.decision.flow?.ended ?? [] }
        self.now = now
        self.problem = problem
    }
}

extension EventDraft {
    static let conversationID = "test-conversation"
    static let contactID = "test-contact"

    /// The event with everything that is not written taken from the defaults.
    func event(number: Int, at now: Instant) -> Event {
        let kind = self.kind ?? (sender.map { $0.role == .customer } ?? true ? .messageReceived : .messageSent)
        let vendor = self.vendor ?? .any
        let account = self.account ?? "test"
        let message = self.filledMessage(kind: kind, number: number)
        let contact = self.filledContact()
        var event = Event(
            id: "", vendor: vendor, account: account, kind: kind, occurredAt: now, conversation: filledConversation(),
            message: message, sender: filledSender(contact: contact), contact: contact,
            agent: agent,
            details: details, raw: rawBytes)
        let own = message?.id ?? "event-\(number)"
        event.id = "\(vendor.rawValue):\(account):\(kind.rawValue):\(event.conversation?.id ?? ""):\(own)"
        return event
    }

    private func filledMessage(kind: EventKind, number: Int) -> Message? {
        let isMessage = kind == .messageReceived || kind == .messageSent || kind == .messageUpdated
        guard isMessage || text != nil || message != nil else { return nil }
        var message = self.message ?? Message(id: nil)
        if message.id == nil { message.id = "message-\(number)" }
        if let text { message.text = text }
        return message
    }

    private func filledContact() -> Contact {
        var contact = self.contact ?? Contact(id: nil)
        if contact.id == nil { contact.id = Self.contactID }
        return contact
    }

    private func filledSender(contact: Contact) -> Sender {
        var sender = self.sender ?? Sender(role: .customer)
        if sender.role == .customer {
            sender.id = sender.id ?? contact.id
            sender.name = sender.name ?? contact.name
        } else if sender.role == .agent {
            sender.id = sender.id ?? agent?.id
            sender.name = sender.name ?? agent?.name
        }
        return sender
    }

    private func filledConversation() -> Conversation {
        var conversation = self.conversation ?? Conversation(id: "")
        if conversation.id.isEmpty { conversation.id = Self.conversationID }
        conversation.channel = channel ?? conversation.channel ?? "webchat"
        conversation.handler = handler ?? conversation.handler
        conversation.department = department ?? conversation.department
        conversation.team = team ?? conversation.team
        conversation.tags = tags ?? conversation.tags
        return conversation
    }

    private var rawBytes: [UInt8] { raw.map { RawText.bytes(of: $0) } ?? [] }
}
