import JSON
import Matching
package import Model
import Rules

/// An event, with the state and the time at which it comes, that shows what a finding tells.
package struct Witness: Sendable {
    package var draft: EventDraft
    package var state: ConversationState
    package var at: Instant
    /// What was chosen, in words: `channel=whatsapp text="quero refund"`.
    package var text: String
    /// The same as the `event`, `given` and `at` of a rule test.
    package var value: Value

    /// As the engine takes it.
    var event: Event { draft.event(number: 1, at: at) }
}

/// Makes an event that is as demanded.
struct WitnessBuilder {
    private let demands: [EventDemand]
    private let moments: [Instant]?
    private var draft = EventDraft()
    private var variables: Value.Object = [:]
    private var raw: Value = .object([:])
    private var state = ConversationState(handler: .bot)
    private var at = RuleTest.defaultStart
    /// In the order in which they are told.
    private var told: [(name: String, value: WrittenYAML)] = []
    private var isWhole = true

    /// Nil where an event could not be made; it may still not be as demanded, where the demands do not say everything.
    static func witness(for conjunction: Conjunction) -> Witness? {
        var builder = WitnessBuilder(conjunction)
        builder.build()
        return builder.isWhole ? builder.witness : nil
    }

    private init(_ conjunction: Conjunction) {
        demands = conjunction.demands
        moments = conjunction.moments
    }

    private var witness: Witness {
        var state = state
        state.variables = variables
        var draft = draft
        if raw != .object([:]) { draft.raw = raw }
        var event: Value.Object = [:]
        for member in draft.writtenMembers { event[member.key] = member.value.value }
        var value: Value.Object = ["event": .object(event), "at": .string(at.iso8601)]
        if !variables.isEmpty { value["given"] = ["vars": .object(variables)] }
        if state.hasCustomerMessage { value["earlier_messages"] = .integer(Int64(max(1, state.customerMessages.count))) }
        return Witness(
            draft: draft, state: state, at: at,
            text: told.map { "\($0.name)=\($0.value.line)" }.joined(separator: " "), value: .object(value))
    }

    private mutating func build() {
        let places = Dictionary(grouping: demands, by: \.place)
        setKind(places[.kind] ?? [])
        setWords(places)
        setTags(places[.tags] ?? [])
        setTime()
        setHistory(places[.history] ?? [])
        let known: [EventPlace] = [
            .kind, .channel, .vendor, .account, .sender, .handler, .department, .team, .agent, .tags, .time, .history, .text,
        ]
        for place in places.keys.filter({ !known.contains($0) }).sorted(by: { $0.name < $1.name }) {
            setField(place, places[place] ?? [])
        }
        if let demands = places[.text] { setText(demands) }
        if told.isEmpty { tell("text", .text(draft.text ?? "")) }
    }

    private mutating func tell(_ name: String, _ value: WrittenYAML) { told.append((name, value)) }

    // MARK: Words

    /// A word that is wanted and not refused, else one of the usual ones that is not refused; nil where all are.
    private func word(_ demands: [EventDemand], usual: [String]) -> String? {
        var allowed: Set<FoldedText>?
        var refused: Set<FoldedText> = []
        for demand in demands {
            guard case .words(let words) = demand.test else { continue }
            if demand.isNegated {
                refused.formUnion(words)
            } else {
                allowed = allowed.map { $0.intersection(words) } ?? words
            }
        }
        guard let allowed else { return usual.first { !refused.contains(FoldedText($0)) } }
        return allowed.subtracting(refused).map(\.string).min()
    }

    private mutating func setKind(_ demands: [EventDemand]) {
        let kinds = EventKind.allCases.map(\.rawValue)
        guard let word = word(demands, usual: kinds), let name = kinds.first(where: { FoldedText($0).string == word }) else {
            isWhole = false
            return
        }
        draft.kind = EventKind(rawValue: name)
        if draft.kind != .messageReceived { tell("kind", .word(name)) }
    }

    private mutating func setWords(_ places: [EventPlace: [EventDemand]]) {
        set(places[.vendor], "vendor", usual: ["any", "huggy", "other"]) { $0.vendor = VendorID(rawValue: $1) }
        set(places[.account], "account", usual: ["test", "main", "other"]) { $0.account = $1 }
        set(places[.channel], "channel", usual: ["webchat", "whatsapp", "email", "telegram", "other"]) { $0.channel = $1 }
        let roles = draft.kind == .messageReceived ? ["customer"] : ["agent", "bot", "system", "customer"]
        set(places[.sender], "sender", usual: roles) { draft, word in
            draft.sender = SenderRole(rawValue: word).map { Sender(role: $0) }
        }
        if places[.sender] == nil, draft.kind == .messageSent { draft.sender = Sender(role: .agent) }
        set(places[.handler], "handler", usual: Handler.allCases.map(\.rawValue)) { $0.handler = Handler(rawValue: $1) }
        set(places[.department], "department", usual: []) { $0.department = $1 }
        set(places[.team], "team", usual: []) { $0.team = $1 }
        set(places[.agent], "agent", usual: []) { $0.agent = Agent(id: $1) }
    }

    /// - Parameter usual: those to choose from where only some are refused; with none of them, nothing is set then.
    private mutating func set(
        _ demands: [EventDemand]?, _ name: String, usual: [String], _ put: (inout EventDraft, String) -> Void
    ) {
        guard let demands else { return }
        if usual.isEmpty, demands.allSatisfy(\.isNegated) { return }
        guard let word = word(demands, usual: usual) else {
            isWhole = false
            return
        }
        put(&draft, word)
        tell(name, .word(word))
    }

    private mutating func setTags(_ demands: [EventDemand]) {
        var refused: Set<FoldedText> = []
        for case (.words(let words), true) in demands.map({ ($0.test, $0.isNegated) }) { refused.formUnion(words) }
        var tags: Set<FoldedText> = []
        for case (.words(let words), false) in demands.map({ ($0.test, $0.isNegated) }) where tags.isDisjoint(with: words) {
            guard let tag = words.subtracting(refused).min(by: { $0.string < $1.string }) else {
                isWhole = false
                return
            }
            tags.insert(tag)
        }
        guard !demands.isEmpty else { return }
        let names = tags.map(\.string).sorted()
        draft.tags = names
        if !names.isEmpty { tell("tags", .list(names.map { .word($0) })) }
    }

    // MARK: Time and history

    private mutating func setTime() {
        guard let moments else { return }
        // On a day like those that tests have by themselves.
        guard let moment = moments.first(where: { $0 >= RuleTest.defaultStart }) ?? moments.first else {
            isWhole = false
            return
        }
        at = moment
        tell("at", .literal(moment.iso8601))
    }

    private mutating func setHistory(_ demands: [EventDemand]) {
        var earlier = 0
        for demand in demands {
            switch demand.test {
            case .repeated(let times, _) where !demand.isNegated: earlier = max(earlier, times - 1)
            case .firstMessage where demand.isNegated: earlier = max(earlier, 1)
            default: break
            }
        }
        guard earlier > 0 else { return }
        state.hasCustomerMessage = true
        state.customerMessages = Array(repeating: at.adding(.milliseconds(-1)), count: earlier)
        tell("earlier_messages", .literal(String(earlier)))
    }

    // MARK: Fields

    private mutating func setText(_ demands: [EventDemand]) {
        if demands.contains(where: { $0.test == .exists && $0.isNegated }) { return }
        guard let text = WitnessText(demands).texts().first else {
            isWhole = false
            return
        }
        draft.text = text
        tell("text", .text(text))
    }

    private mutating func setField(_ place: EventPlace, _ demands: [EventDemand]) {
        guard demands.contains(where: { !$0.isNegated && $0.test != .empty }) else { return }
        guard let value = fieldValue(demands), let path = try? EventPath(place.name) else {
            isWhole = false
            return
        }
        put(value, at: path.segments)
        tell(place.name, .text(value))
    }

    private func fieldValue(_ demands: [EventDemand]) -> String? {
        let low = demands.compactMap { demand -> Double? in
            if case .greater(let bound, _) = demand.test, !demand.isNegated { bound } else { nil }
        }.max()
        let high = demands.compactMap { demand -> Double? in
            if case .less(let bound, _) = demand.test, !demand.isNegated { bound } else { nil }
        }.min()
        let text = WitnessText(demands)
        var numbers: [Double] = []
        if let low { numbers += [low, low + 1, low.rounded(.down) + 1] }
        if let high { numbers += [high, high - 1, high.rounded(.up) - 1] }
        if let low, let high { numbers.append((low + high) / 2) }
        let written = numbers.map { Int64(exactly: $0).map(String.init) ?? String($0) }
        if let number = written.first(where: { text.passes($0) }) { return number }
        guard let found = text.texts().first else { return nil }
        // Something must stand there.
        return found.isEmpty ? ["x", "1", "mmm"].first { text.passes($0) } : found
    }

    private mutating func put(_ text: String, at path: [String]) {
        let value = Value.string(text)
        let rest = Array(path.dropFirst())
        switch path.first {
        case "vars": variables = Value.object(variables).putting(value, at: rest).object ?? variables
        case "raw": raw = raw.putting(value, at: rest)
        case "details": draft.details = Value.object(draft.details).putting(value, at: rest).object ?? draft.details
        case "contact": putContact(text, rest)
        case "conversation": putConversation(text, rest)
        case "message" where rest == ["type"]:
            var message = draft.message ?? Message(id: nil)
            guard let type = MessageType(rawValue: text) else { return isWhole = false }
            message.type = type
            draft.message = message
        case "agent": putAgent(text, rest)
        default: isWhole = false
        }
    }

    private mutating func putContact(_ text: String, _ path: [String]) {
        var contact = draft.contact ?? Contact(id: nil)
        switch path.first {
        case "id": contact.id = text
        case "name", "first_name": contact.name = text
        case "email": contact.email = text
        case "phone": contact.phone = text
        case "attributes":
            let attributes = Value.object(contact.attributes).putting(.string(text), at: Array(path.dropFirst()))
            contact.attributes = attributes.object ?? contact.attributes
        default: isWhole = false
        }
        draft.contact = contact
    }

    private mutating func putConversation(_ text: String, _ path: [String]) {
        var conversation = draft.conversation ?? Conversation(id: "")
        switch path.first {
        case "id": conversation.id = text
        case "status": conversation.status = text
        case "topic": conversation.topic = text
        case "department": conversation.department = text
        case "team": conversation.team = text
        default: isWhole = false
        }
        draft.conversation = conversation
    }

    private mutating func putAgent(_ text: String, _ path: [String]) {
        var agent = draft.agent ?? Agent(id: nil)
        switch path.first {
        case "id": agent.id = text
        case "name": agent.name = text
        case "username": agent.username = text
        case "email": agent.email = text
        default: isWhole = false
        }
        draft.agent = agent
    }
}

extension Value {
    /// With a value at a path, in objects that are made where they are missing.
    fileprivate func putting(_ value: Value, at path: [String]) -> Value {
        guard let key = path.first else { return value }
        var object = self.object ?? [:]
        object[key] = (object[key] ?? .object([:])).putting(value, at: Array(path.dropFirst()))
        return .object(object)
    }
}
