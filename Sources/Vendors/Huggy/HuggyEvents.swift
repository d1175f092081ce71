import JSON
import Model
import VendorKit
import Zones

/// An envelope as events: one for each item, in the order in which they are to be decided, each thing once.
struct HuggyEvents {
    let payload: HuggyPayload
    let context: DecodingContext
    private let identity: EventIdentity
    private let zone: Zone
    /// Where an item tells no time of its own.
    private let envelopeTime: Instant

    init(payload: HuggyPayload, context: DecodingContext) {
        self.payload = payload
        self.context = context
        identity = EventIdentity(vendor: .huggy, context: context)
        zone = context.account.zone(default: Huggy.profile.defaultTimeZone)
        envelopeTime = payload.time ?? context.receivedAt
    }

    /// `messages` is an object, whose members have no order that means anything.
    var events: [Event] {
        let events = payload.items.map(event(for:))
        guard !events.isEmpty else { return [empty] }
        let ordered = events.enumerated().sorted { left, right in
            Self.place(of: left) < Self.place(of: right)
        }
        return ordered.map(\.element).uniqued
    }

    /// Rank, then for messages the time, then the place in the body.
    private static func place(of item: (offset: Int, element: Event)) -> (Int, Instant, Int) {
        let rank = rank(of: item.element.kind)
        let isMessage = [.messageReceived, .messageSent].contains(item.element.kind)
        return (rank, isMessage ? item.element.occurredAt : Instant(milliseconds: 0), item.offset)
    }

    private static func rank(of kind: EventKind) -> Int {
        switch kind {
        case .conversationStarted: 0
        case .contactCreated, .contactUpdated, .leadCaptured: 1
        case .flowStarted: 2
        case .messageReceived, .messageSent: 3
        case .conversationAssigned: 4
        case .conversationTransferred: 5
        case .flowFinished: 6
        case .conversationClosed: 7
        default: 8
        }
    }

    private var empty: Event {
        Event(
            id: identity.id("other", identity.bodyHash), vendor: .huggy, account: context.account.id, kind: .other,
            occurredAt: envelopeTime, raw: context.raw)
    }
}

// MARK: - Items

extension HuggyEvents {
    private func event(for item: HuggyItem) -> Event {
        switch item.event {
        case .receivedMessage, .receivedAllMessage, .sendedAllMessage, .sentAllMessage: message(item)
        case .createdChat, .startedChat: event(.conversationStarted, item, id: identity.id("started", itemKey(item)))
        case .agentEntered: agentEntered(item)
        case .closedChat: closedChat(item)
        case .updatedChatDepartment: departmentChanged(item)
        case .createdCustomer: contact(.contactCreated, item, id: identity.id("contact_created", itemKey(item)))
        case .updatedCustomer: contact(.contactUpdated, item, id: timed("contact_updated", item, itemHash(item)))
        case .startedWidgetAttendance: contact(.leadCaptured, item, id: timed("attendance", item))
        case .answeredChatForm: form(item)
        case .startedAutomationFlow: flow(.flowStarted, item, word: "flow_started")
        case .finishedAutomationFlow: flow(.flowFinished, item, word: "flow_finished")
        case nil: other(item)
        }
    }

    private func message(_ item: HuggyItem) -> Event {
        let sender = item.sender(for: context.account)
        let writer = sender.role == .agent ? item.sender.flatMap(HuggyPerson.agent) : nil
        return event(
            item.isFromCustomer ? .messageReceived : .messageSent, item,
            id: identity.id("message", itemKey(item)), at: item.time("send_at", zone: zone), message: item.message,
            sender: sender, agent: writer)
    }

    private func agentEntered(_ item: HuggyItem) -> Event {
        let agent = item.agent?["id"]?.identifier
        return event(
            .conversationAssigned, item, id: timed("assigned", item, agent),
            details: agent.map { ["to": ["agent": .string($0)]] } ?? [:])
    }

    private func closedChat(_ item: HuggyItem) -> Event {
        let closedAt = item.time("closed_at", zone: zone)
        let tabulation = item.element["tabulation"]
        let reason = tabulation?.object?["name"]?.filledText ?? tabulation?.object?["id"]?.identifier
        return event(
            .conversationClosed, item,
            id: identity.id("closed", itemKey(item), closedAt?.iso8601 ?? timeKey), at: closedAt, handler: .closed,
            details: reason.map { ["reason": .string($0)] } ?? [:])
    }

    private func departmentChanged(_ item: HuggyItem) -> Event {
        event(
            .conversationTransferred, item, id: timed("transferred", item, item.department),
            details: item.department.map { ["to": ["department": .string($0)]] } ?? [:])
    }

    /// The item is the contact itself, and belongs to no chat.
    private func contact(_ kind: EventKind, _ item: HuggyItem, id: String) -> Event {
        event(kind, item, id: id, contact: HuggyPerson.contact(item.element, attributes: answers(of: item)))
    }

    private func form(_ item: HuggyItem) -> Event {
        let answers = answers(of: item)
        let customer = item.customer.flatMap { HuggyPerson.contact($0, attributes: answers) }
        // What was answered is kept also of somebody who is not named.
        let contact = customer ?? (answers.isEmpty ? nil : Contact(id: nil, attributes: answers))
        return event(.leadCaptured, item, id: timed("form", item, itemHash(item)), contact: contact)
    }

    /// By the name of the field that was asked for.
    private func answers(of item: HuggyItem) -> Value.Object {
        let answers = (item.element["answers"]?.elements ?? []).compactMap { answer -> (String, Value)? in
            let question = answer["question"]
            guard let name = question?["fieldName"]?.filledText ?? question?.filledText else { return nil }
            return (name, answer["text"]?.value ?? .null)
        }
        return answers.isEmpty ? item.element["answers"]?.valueObject ?? [:] : Value.Object(answers)
    }

    private func flow(_ kind: EventKind, _ item: HuggyItem, word: String) -> Event {
        let flow = item.element["flowID"]?.identifier
        let context = item.element["context"]?.valueObject ?? [:]
        var answers = Value.Object()
        for entry in context.entries where !entry.key.utf8.starts(with: "SYSTEM.".utf8) {
            answers.append(uniqueKey: entry.key, entry.value)
        }
        var details: Value.Object = [:]
        if let flow { details["flow"] = .string(flow) }
        details["context"] = .object(context)
        details["answers"] = .object(answers)
        return event(kind, item, id: timed(word, item, flow), details: details)
    }

    private func other(_ item: HuggyItem) -> Event {
        event(
            .other, item, id: timed("other", item, item.name, itemHash(item)),
            contact: item.isPerson ? HuggyPerson.contact(item.element) : nil)
    }
}

// MARK: - What all events share

extension HuggyEvents {
    /// `contact` is the customer of the item, `agent` the one whom it names, where they are nil.
    private func event(
        _ kind: EventKind, _ item: HuggyItem, id: String, at time: Instant? = nil, handler: Handler? = nil,
        message: @autoclosure () -> Message? = nil, sender: Sender? = nil, contact: Contact? = nil, agent: Agent? = nil,
        details: Value.Object = [:]
    ) -> Event {
        let contact = { contact ?? item.customer.flatMap { HuggyPerson.contact($0) } }
        guard context.extent == .whole else {
            // Events of one body are put in order by their times.
            var event = context.header(id, vendor: .huggy, kind: kind, conversation: item.chatID, contact: contact()?.id)
            event.occurredAt = time ?? envelopeTime
            return event
        }
        return Event(
            id: id, vendor: .huggy, account: context.account.id, kind: kind, occurredAt: time ?? envelopeTime,
            conversation: conversation(item, handler: handler), message: message(), sender: sender, contact: contact(),
            agent: item.agent.flatMap(HuggyPerson.agent) ?? agent, details: details, raw: context.raw)
    }

    private func conversation(_ item: HuggyItem, handler: Handler?) -> Conversation? {
        guard let id = item.chatID else { return nil }
        return Conversation(
            id: id, channel: item.channel, status: item.situation, handler: handler ?? item.handler,
            department: item.department)
    }

    // MARK: Identity

    /// The item's id, else its content.
    private func itemKey(_ item: HuggyItem) -> String { (item.isMessage ? item.id : item.chatID ?? item.id) ?? itemHash(item) }

    private func itemHash(_ item: HuggyItem) -> String { BodyHash.text(of: JSONWriter.bytes(item.element.value)) }

    private var timeKey: String { payload.time?.iso8601 ?? identity.bodyHash }

    /// For what may happen again to the same chat or contact: Huggy gives deliveries no id.
    private func timed(_ word: String, _ item: HuggyItem, _ parts: String?...) -> String {
        identity.id(word, [itemKey(item), timeKey] + parts)
    }
}
