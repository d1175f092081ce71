import Matching
import Model
import Rules

/// Finds actions that a vendor whom a rule or flow speaks to cannot do, and constant texts that are too long for it.
struct CapabilityCheck {
    let accounts: [Account]
    let profiles: [VendorID: VendorProfile]

    /// Rules that are off never speak to anybody.
    func findings(in rules: [Rule], _ flows: [Flow]) -> [Diagnostic] {
        let rules = rules.filter { $0.mode != .off }
        let audiences = audiences(of: flows, startedBy: rules)
        let inRules = rules.flatMap { rule in
            rule.actions.flatMap { findings(in: SpokenAction($0), audience(of: rule)) }
        }
        let inFlows = flows.flatMap { flow in
            flow.spokenActions.flatMap { findings(in: $0, audiences[flow.id] ?? configured) }
        }
        return inRules + inFlows
    }

    private func findings(in action: SpokenAction, _ audience: Audience) -> [Diagnostic] {
        audience.vendors.sorted { $0.rawValue < $1.rawValue }.compactMap { profiles[$0] }.flatMap { profile in
            [unsupported(action, profile, audience.accounts)].compactMap(\.self)
                + action.messages.compactMap { tooLong($0, action, profile) }
        }
    }

    private func unsupported(_ action: SpokenAction, _ profile: VendorProfile, _ audience: Set<String>) -> Diagnostic? {
        obstacle(to: action.outline, profile, audience).map { why in
            Diagnostic(
                .warning, .unsupportedAction, "\(profile.name) cannot do this `\(action.key)`: \(why)", at: action.at,
                length: action.key.count,
                help: "keep the rule from \(profile.name) with a `vendor:` condition, or use `call`")
        }
    }

    /// Of the vendor, else of the first account that lacks a name.
    private func obstacle(to action: Action, _ profile: VendorProfile, _ audience: Set<String>) -> String? {
        if let obstacle = profile.obstacle(to: action) { return obstacle }
        guard !action.isRoutedByTemplate else { return nil }
        let met = accounts.filter { $0.vendor == profile.id && audience.contains($0.id) }
        return met.sorted { $0.id < $1.id }.lazy.compactMap { profile.obstacle(to: action, for: $0) }.first
    }

    private func tooLong(_ message: LiteralMessage, _ action: SpokenAction, _ profile: VendorProfile) -> Diagnostic? {
        guard let limit = profile.textLimits[.reply], let length = profile.length(of: message.reply) else { return nil }
        let consequence: String
        switch profile.outgoing(.reply(message.reply)) {
        case .parts(let parts) where parts.count < 2: return nil
        case .parts(let parts): consequence = "it is sent as \(parts.count) messages\(message.isWhole ? "" : " or more")"
        case .tooLong: consequence = "it cannot be cut into \(ReplySplitting.mostParts) messages, so it is not sent"
        }
        return Diagnostic(
            .warning, .longText,
            "this `\(action.key)` has \(message.isWhole ? "" : "at least ")\(length) \(limit.unit.rawValue), and a message "
                + "of \(profile.name) takes \(limit.count): \(consequence)", at: message.at,
            help: "shorten it, or write it as several where you want the cuts")
    }

    // MARK: Whom rules speak to

    /// All that are configured.
    var configured: Audience { Audience(vendors: Set(accounts.map(\.vendor)), accounts: Set(accounts.map(\.id))) }

    /// The vendors and accounts that a rule names, in whatever lines; else all that are configured.
    func audience(of rule: Rule) -> Audience {
        let lines = rule.when.compactMap { narrowing(by: $0.formula) }
        var audience = configured
        for (index, line) in (lines.filter(\.isNaming) + lines.filter { !$0.isNaming }).enumerated() {
            audience.keep(line.audience.vendors, isFirst: index == 0 && line.isNaming)
            audience.accounts.formIntersection(line.audience.accounts)
        }
        return audience
    }

    /// Whom a condition leaves.
    private struct Narrowing {
        var audience: Audience
        /// False for one that only excludes somebody.
        var isNaming: Bool

        func and(_ other: Narrowing) -> Narrowing {
            var both = self
            both.audience.formIntersection(other.audience)
            both.isNaming = isNaming || other.isNaming
            return both
        }

        func or(_ other: Narrowing) -> Narrowing {
            var either = self
            either.audience.add(other.audience)
            either.isNaming = isNaming && other.isNaming
            return either
        }
    }

    /// Nil where the condition says nothing of vendors and accounts.
    private func narrowing(by formula: Formula) -> Narrowing? {
        switch formula {
        case .demand(let demand): return narrowing(by: demand)
        case .unknown: return nil
        case .all(let parts):
            let lines = parts.compactMap { narrowing(by: $0) }
            return lines.first.map { lines.dropFirst().reduce($0) { $0.and($1) } }
        case .any(let parts):
            let lines = parts.compactMap { narrowing(by: $0) }
            // One that says nothing lets everybody in.
            guard lines.count == parts.count else { return nil }
            return lines.first.map { lines.dropFirst().reduce($0) { $0.or($1) } }
        }
    }

    private func narrowing(by demand: EventDemand) -> Narrowing? {
        let words: Set<FoldedText>
        switch demand.test {
        case .words(let asked): words = asked
        case .equals(let asked, .full): words = Set(asked)
        default: return nil
        }
        func isLeft(_ word: String) -> Bool { words.contains(FoldedText(word)) != demand.isNegated }
        let vendors: Set<VendorID>
        let left: [Account]
        switch demand.place {
        case .vendor:
            vendors = Set(profiles.keys.filter { isLeft($0.rawValue) })
            left = accounts.filter { vendors.contains($0.vendor) }
        case .account:
            left = accounts.filter { isLeft($0.id) }
            vendors = Set(left.map(\.vendor))
        default: return nil
        }
        return Narrowing(audience: Audience(vendors: vendors, accounts: Set(left.map(\.id))), isNaming: !demand.isNegated)
    }

    /// A flow speaks to whom the rules and flows that start it speak to. One that nothing starts is not among them.
    func audiences(of flows: [Flow], startedBy rules: [Rule]) -> [String: Audience] {
        var audiences: [String: Audience] = [:]
        var open: [(flow: String, audience: Audience)] = rules.flatMap { rule in
            rule.actions.compactMap(\.startedFlow).map { ($0, audience(of: rule)) }
        }
        let started = Dictionary(flows.map { ($0.id, $0.startedFlows) }) { first, _ in first }
        while let next = open.popLast() {
            if let known = audiences[next.flow], known.contains(next.audience) { continue }
            audiences[next.flow, default: Audience(vendors: [], accounts: [])].add(next.audience)
            open += (started[next.flow] ?? []).map { ($0, next.audience) }
        }
        return audiences
    }
}

/// Whom a rule or flow may speak to. A vendor that a rule names may be there without any account.
struct Audience {
    private(set) var vendors: Set<VendorID>
    /// Ids of configured accounts.
    var accounts: Set<String>

    init(vendors: Set<VendorID>, accounts: Set<String>) {
        self.vendors = vendors.subtracting([.any])
        self.accounts = accounts
    }

    /// - Parameter isFirst: what a rule names first goes before what is configured; what it names then, narrows.
    mutating func keep(_ named: Set<VendorID>, isFirst: Bool) {
        vendors = (isFirst ? named : vendors.intersection(named)).subtracting([.any])
    }

    mutating func add(_ other: Audience) {
        vendors.formUnion(other.vendors)
        accounts.formUnion(other.accounts)
    }

    mutating func formIntersection(_ other: Audience) {
        vendors.formIntersection(other.vendors)
        accounts.formIntersection(other.accounts)
    }

    func contains(_ other: Audience) -> Bool {
        vendors.isSuperset(of: other.vendors) && accounts.isSuperset(of: other.accounts)
    }
}

/// One action as the check sees it.
private struct SpokenAction {
    /// As it is written: `reply`, `say`.
    let key: String
    let at: SourcePosition
    /// With its templates as they are written.
    let outline: Action
    /// What it can say to the customer; empty for anything but replies.
    let messages: [LiteralMessage]

    init(_ action: RuleAction) {
        outline = action.template.outline
        key = outline.kind.rawValue
        at = action.at
        messages = (action.template as? ReplyAction)?.literalMessages ?? []
    }

    /// What a flow says, with the labels of a step's choices as buttons.
    init(saying action: RuleAction, choices: [FlowChoice] = []) {
        key = "say"
        at = action.at
        outline = action.template.outline.offering(choices.map(\.label.source))
        messages = ((action.template as? ReplyAction)?.literalMessages ?? []).map { message in
            var message = message
            message.reply.buttons += choices.map(\.label.literal)
            message.isWhole = message.isWhole && choices.allSatisfy(\.label.isConstant)
            return message
        }
    }
}

extension Action {
    /// True where only an event tells whom it goes to.
    fileprivate var isRoutedByTemplate: Bool {
        switch self {
        case .route(.department(let word)), .route(.team(let word)), .route(.agent(let word)): word.contains("{{")
        default: false
        }
    }

    fileprivate func offering(_ labels: [String]) -> Action {
        guard case .reply(var reply) = self else { return self }
        reply.buttons += labels
        return .reply(reply)
    }
}

extension RuleAction {
    fileprivate var startedFlow: String? {
        if case .start(let flow) = template.outline { flow } else { nil }
    }
}

extension Flow {
    /// In no order.
    fileprivate var spokenActions: [SpokenAction] {
        steps.values.flatMap { step in
            [step.say.map { SpokenAction(saying: $0, choices: step.choices) }].compactMap(\.self)
                + [step.otherwise?.say.map { SpokenAction(saying: $0) }].compactMap(\.self)
                + step.actions.map { SpokenAction($0) }
        }
    }

    fileprivate var startedFlows: [String] { steps.values.flatMap { $0.actions.compactMap(\.startedFlow) } }
}
