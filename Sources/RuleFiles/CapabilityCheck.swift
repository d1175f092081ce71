import Model
import Rules

/// Finds actions that a vendor whom a rule or flow speaks to cannot do, and constant texts that are too long for it.
struct CapabilityCheck {
    let accounts: [Account]
    let profiles: [VendorID: VendorProfile]

    /// Rules that are off never speak to anybody.
    func findings(in rules: [Rule], _ flows: [Flow]) -> [Diagnostic] {
        let rules = rules.filter { $0.mode != .off }
        let vendorsOfFlows = vendors(of: flows, startedBy: rules)
        let inRules = rules.flatMap { rule in
            rule.actions.flatMap { findings(in: SpokenAction($0), vendors(of: rule)) }
        }
        let inFlows = flows.flatMap { flow in
            flow.spokenActions.flatMap { findings(in: $0, vendorsOfFlows[flow.id] ?? configured) }
        }
        return inRules + inFlows
    }

    private func findings(in action: SpokenAction, _ vendors: Set<VendorID>) -> [Diagnostic] {
        vendors.sorted { $0.rawValue < $1.rawValue }.compactMap { profiles[$0] }.flatMap { profile in
            [unsupported(action, profile)].compactMap(\.self)
                + action.messages.compactMap { tooLong($0, action, profile) }
        }
    }

    private func unsupported(_ action: SpokenAction, _ profile: VendorProfile) -> Diagnostic? {
        profile.obstacle(to: action.outline).map { why in
            Diagnostic(
                .warning, .unsupportedAction, "\(profile.name) cannot do this `\(action.key)`: \(why)", at: action.at,
                length: action.key.count,
                help: "keep the rule from \(profile.name) with a `vendor:` condition, or use `call`")
        }
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

    // MARK: Vendors

    private var configured: Set<VendorID> { Set(accounts.map(\.vendor)).subtracting([.any]) }

    /// The vendors that a rule names, by itself or by its accounts; else those of all accounts.
    private func vendors(of rule: Rule) -> Set<VendorID> {
        var vendors = configured
        var isNamed = false
        for condition in rule.when {
            if let condition = condition as? VendorCondition {
                let named = Set(profiles.keys.filter { condition.choice.contains([$0.rawValue]) })
                vendors = isNamed ? vendors.intersection(named) : named
                isNamed = true
            } else if let condition = condition as? AccountCondition {
                let named = Set(accounts.filter { condition.choice.contains([$0.id]) }.map(\.vendor))
                vendors = isNamed ? vendors.intersection(named) : named
                isNamed = true
            }
        }
        return vendors.subtracting([.any])
    }

    /// A flow speaks to whom the rules and flows that start it speak to. One that nothing starts is not among them.
    private func vendors(of flows: [Flow], startedBy rules: [Rule]) -> [String: Set<VendorID>] {
        var vendors: [String: Set<VendorID>] = [:]
        var open: [(flow: String, vendors: Set<VendorID>)] = rules.flatMap { rule in
            rule.actions.compactMap(\.startedFlow).map { ($0, self.vendors(of: rule)) }
        }
        let started = Dictionary(flows.map { ($0.id, $0.startedFlows) }) { first, _ in first }
        while let next = open.popLast() {
            if let known = vendors[next.flow], known.isSuperset(of: next.vendors) { continue }
            vendors[next.flow, default: []].formUnion(next.vendors)
            open += (started[next.flow] ?? []).map { ($0, next.vendors) }
        }
        return vendors
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
