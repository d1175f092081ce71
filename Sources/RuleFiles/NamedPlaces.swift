import Matching
package import Model
package import Rules

/// A department, team or agent that a rule or flow names, as its author wrote it.
package struct NamedPlace: Sendable, Hashable {
    package enum Use: Sendable, Hashable {
        /// Of `route`: conversations are sent there.
        case target
        /// Of a condition: it holds there.
        case condition
    }

    package var table: NameTable
    package var word: String
    package var use: Use
    /// Of the key, `route` or `department`.
    package var at: SourcePosition
    /// Ids of the configured accounts whose events can get there, sorted.
    package var accounts: [String]

    package init(table: NameTable, word: String, use: Use, at: SourcePosition, accounts: [String]) {
        self.table = table
        self.word = word
        self.use = use
        self.at = at
        self.accounts = accounts
    }

    /// The key in the file.
    package var key: String { use == .target ? "route" : table.singular }
}

/// Finds every name of a department, team or agent in rules and flows. What a template works out is not among them.
package struct NamedPlaces: Sendable {
    private let accounts: [Account]

    /// - Parameter accounts: the configured ones; a rule that names neither vendor nor account may meet them all.
    package init(accounts: [Account]) { self.accounts = accounts }

    /// Sorted by place, then word. Rules that are off lead nowhere.
    package func places(in rules: [Rule], _ flows: [Flow]) -> [NamedPlace] {
        let rules = rules.filter { $0.mode != .off }
        let audiences = audiences(of: flows, startedBy: rules)
        let inRules = rules.flatMap { places($0.actions, $0.when, audience(of: $0)) }
        let inFlows = flows.flatMap { flow in
            flow.steps.values.flatMap { places($0.actions, $0.conditions, audiences[flow.id] ?? everybody) }
        }
        return (inRules + inFlows).sorted { ($0.at, $0.word) < ($1.at, $1.word) }
    }

    private func places(_ actions: [RuleAction], _ conditions: [any Condition], _ audience: Set<String>) -> [NamedPlace] {
        let accounts = audience.sorted()
        return actions.compactMap { Self.target($0, accounts) } + conditions.flatMap { Self.words(of: $0, accounts) }
    }

    private static func target(_ action: RuleAction, _ accounts: [String]) -> NamedPlace? {
        guard case .route(let target) = action.template.outline else { return nil }
        let (table, word): (NameTable, String)
        switch target {
        case .department(let name): (table, word) = (.departments, name)
        case .team(let name): (table, word) = (.teams, name)
        case .agent(let name): (table, word) = (.agents, name)
        case .queue: return nil
        }
        guard !word.contains("{{") else { return nil }
        return NamedPlace(table: table, word: word, use: .target, at: action.at, accounts: accounts)
    }

    private static func words(of condition: any Condition, _ accounts: [String]) -> [NamedPlace] {
        let (table, choice): (NameTable, WordChoice)
        switch condition {
        case let group as GroupCondition: return group.lines.flatMap { words(of: $0, accounts) }
        case let condition as DepartmentCondition: (table, choice) = (.departments, condition.choice)
        case let condition as TeamCondition: (table, choice) = (.teams, condition.choice)
        case let condition as AgentCondition: (table, choice) = (.agents, condition.choice)
        default: return []
        }
        return choice.written.map {
            NamedPlace(table: table, word: $0, use: .condition, at: choice.at, accounts: accounts)
        }
    }

    // MARK: Accounts

    private var everybody: Set<String> { Set(accounts.map(\.id)) }

    /// The accounts that pass the rule's own `vendor` and `account` conditions.
    private func audience(of rule: Rule) -> Set<String> {
        let fitting = accounts.filter { account in
            rule.when.allSatisfy { condition in
                switch condition {
                case let condition as VendorCondition: condition.choice.contains([account.vendor.rawValue])
                case let condition as AccountCondition: condition.choice.contains([account.id])
                default: true
                }
            }
        }
        return Set(fitting.map(\.id))
    }

    /// A flow meets whom the rules and flows that start it meet. One that nothing starts is not among them.
    private func audiences(of flows: [Flow], startedBy rules: [Rule]) -> [String: Set<String>] {
        var audiences: [String: Set<String>] = [:]
        var open = rules.flatMap { rule in Self.started(by: rule.actions).map { (flow: $0, audience: audience(of: rule)) } }
        let next = Dictionary(flows.map { ($0.id, $0.steps.values.flatMap { Self.started(by: $0.actions) }) }) { first, _ in
            first
        }
        while let (flow, audience) = open.popLast() {
            if let known = audiences[flow], known.isSuperset(of: audience) { continue }
            audiences[flow, default: []].formUnion(audience)
            open += (next[flow] ?? []).map { ($0, audience) }
        }
        return audiences
    }

    private static func started(by actions: [RuleAction]) -> [String] {
        actions.compactMap { if case .start(let flow) = $0.template.outline { flow } else { nil } }
    }
}

extension NamedPlace {
    /// True when the word means one of these texts: as conditions compare, folded, or to the letter for a target.
    package func means(_ texts: [String?]) -> Bool {
        switch use {
        case .target: texts.contains { $0?.utf8.elementsEqual(word.utf8) ?? false }
        case .condition: texts.contains { $0.map { FoldedText($0) == FoldedText(word) } ?? false }
        }
    }

    /// True when the account's `names` know the word, in one of these tables.
    package func isNamed(by account: Account, in tables: [NameTable]) -> Bool {
        switch use {
        case .target: tables.contains { account.names.id(of: word, in: $0) != nil }
        // Conditions know the names of their own table alone.
        case .condition: account.names[table].keys.contains { means([$0]) }
        }
    }
}
