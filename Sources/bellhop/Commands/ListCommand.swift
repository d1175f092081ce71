import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import Rules

/// `list`: the rules in the order in which they are tried.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the rules in the order in which they are tried.",
        discussion: """
            EXAMPLES
              bellhop list
              bellhop list --kind message.received
              bellhop list --format json | jq -r '.rules[] | select(.mode == "observe") | .id'

            Where a daemon answers on the control socket, also how often each rule ran lately, and when last.
            """)

    @Argument(help: ArgumentHelp("The rules folder (default: --rules).", valueName: "path"))
    var path: String?

    @Option(name: .long, help: ArgumentHelp("Only rules that listen to this kind of event.", valueName: "kind"))
    var kind: EventKind?

    @Option(
        name: .long, help: ArgumentHelp("From when on to count runs: a time, or how long ago (default: 7d).", valueName: "time"))
    var since: Moment?

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        let settings = try common.settings()
        let (_, ruleSet, _) = try common.usableRules(at: path ?? common.rulesRoot(settings))
        let begin = (since ?? .ago(.seconds(7 * 86_400))).time(at: .now)
        let runs = Self.runs(settings, since: begin)
        let listing = RuleListing(ruleSet, kind: kind, runs: runs, since: begin)
        switch format {
        case .json: Output.print(JSONWriter.string(listing.value))
        case .text: for line in listing.lines { Output.print(Console.clean(line)) }
        }
    }

    /// By rule; nil where no daemon answers. Who only wants to see the rules is not told why.
    private static func runs(_ settings: Settings?, since: Instant) -> [String: Value]? {
        let standard = settings ?? Settings.standard(environment: ProcessInfo.processInfo.environment).settings
        guard let standard else { return nil }
        let client = ControlClient(path: standard.control)
        guard client.isSomebodyThere else { return nil }
        var runs: [String: Value] = [:]
        do {
            _ = try client.ask(.ruleRuns(since: since)) { reply in
                if case .item(let item) = reply, let rule = item["rule"]?.text { runs[rule] = item }
            }
        } catch {
            return nil
        }
        return runs
    }
}

/// The rules of a set in the order in which they are tried, as a table and as an object.
struct RuleListing {
    private let rules: [(place: Int, rule: Rule)]
    private let runs: [String: Value]?
    private let since: Instant

    /// - Parameter runs: by rule, as a daemon tells them; nil where none did.
    init(_ ruleSet: RuleSet, kind: EventKind?, runs: [String: Value]?, since: Instant) {
        rules = ruleSet.rules.enumerated().filter { kind.map($0.element.listens(to:)) ?? true }.map {
            (place: $0.offset + 1, rule: $0.element)
        }
        self.runs = runs
        self.since = since
    }

    // MARK: For programs

    var value: Value {
        var object: Value.Object = ["schema": 1, "rules": .array(rules.map { value($0.place, $0.rule) })]
        if runs != nil { object["runs_since"] = .string(since.iso8601) }
        return .object(object)
    }

    private func value(_ place: Int, _ rule: Rule) -> Value {
        var object: Value.Object = [
            "order": .integer(Int64(place)), "id": .string(rule.id), "at": .string(rule.at.text), "file": .string(rule.at.file),
            "line": .integer(Int64(rule.at.line)), "column": .integer(Int64(rule.at.column)), "mode": .string(rule.mode.rawValue),
            "priority": .integer(Int64(rule.priority)), "on": rule.trigger.value, "then": .string(rule.then.rawValue),
            "why": .optional(rule.why), "human": rule.actsBesideHuman ? "act" : "silent",
            "interrupts": rule.interruptsFlow ? "flow" : .null,
            "once_per": .object(
                Value.Object(
                    rule.oncePer.sorted { $0.key.rawValue < $1.key.rawValue }.map { ($0.key.rawValue, .string($0.value.text)) })),
            "do": .array(rule.actions.map { .string(type(of: $0.template).kind.rawValue) }),
        ]
        if let runs {
            let own = runs[rule.id]
            for key in ["ran", "held_back"] { object[key] = own?[key] ?? 0 }
            for key in ["last_ran_at", "last_held_back_at"] { object[key] = own?[key] ?? .null }
        }
        return .object(object)
    }

    // MARK: For people

    var lines: [String] {
        guard !rules.isEmpty else { return ["no rule"] }
        var table = [["#", "RULE", "AT", "MODE", "PRIORITY", "ON", "THEN"] + (runs == nil ? [] : ["RAN", "LAST"]) + ["WHY"]]
        for (place, rule) in rules {
            let then = rule.then.rawValue + (rule.interruptsFlow ? ", interrupts" : "")
            table.append(
                ["\(place)", rule.id, rule.at.text, rule.mode.rawValue, "\(rule.priority)", rule.trigger.text, then]
                    + lately(rule) + [rule.why ?? ""])
        }
        let columns = table[0].indices
        let widths = columns.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            var line = ""
            for column in columns {
                line += row[column]
                if column < columns.count - 1 { line += String(repeating: " ", count: widths[column] - row[column].count + 2) }
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    private func lately(_ rule: Rule) -> [String] {
        guard let runs else { return [] }
        let own = runs[rule.id] ?? .null
        let ran = own["ran"]?.text ?? "0"
        let heldBack = own["held_back"]?.text ?? "0"
        let last = own["last_ran_at"]?.text ?? own["last_held_back_at"]?.text
        return [heldBack == "0" ? ran : "\(ran) (+\(heldBack) held back)", last ?? "–"]
    }
}

extension Rule {
    fileprivate func listens(to kind: EventKind) -> Bool {
        switch trigger {
        case .kinds(let kinds): kinds.contains(kind)
        case .idle: kind == .conversationIdle
        }
    }
}

extension Trigger {
    fileprivate var text: String {
        switch self {
        case .kinds(let kinds): kinds.map(\.rawValue).joined(separator: ", ")
        case .idle(let after, let since): "idle \(after.ruleText) since \(since.rawValue)"
        }
    }

    fileprivate var value: Value {
        switch self {
        case .kinds(let kinds): .array(kinds.map { .string($0.rawValue) })
        case .idle(let after, let since): ["idle": .string(after.ruleText), "since": .string(since.rawValue)]
        }
    }
}

extension CooldownWindow {
    fileprivate var text: String {
        switch self {
        case .ever: "ever"
        case .duration(let duration): duration.ruleText
        }
    }
}
