import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import RuleFiles

/// `captures anonymize`: captured webhooks that can be shown to others, and on which the rules decide the same.
struct AnonymizeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anonymize",
        abstract: "Print captured webhooks with stand-ins for names, e-mails, phones, ids and tokens.",
        discussion: """
            EXAMPLES
              bellhop captures anonymize day.jsonl > shared.jsonl
              bellhop captures anonymize --rules rules captures/ > shared.jsonl

            The same person, number or id has the same stand-in everywhere, of the same shape. Words that the rules look for stay,
            and so does what people wrote otherwise: read the result before you give it away. No daemon is needed.

            Both are decided by the rules, in order. An event on which they decide otherwise is told by file, line and difference,
            and the exit code is 1; it is 1 too where an input could not be read.
            """)

    @Argument(help: "Payloads, capture files, folders, or -.")
    var inputs: [String]

    @Option(name: .long, help: "The vendor that sent them: \(VendorID.configurableList) (default: recognised).")
    var vendor: VendorID?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if vendor == .any { throw ValidationError("--vendor: name a real vendor") }
    }

    func run() throws {
        Output.endWithReader()
        let settings = try common.settings()
        let (_, ruleSet, folder) = try common.usableRules(at: common.rulesRoot(settings))
        let replay = Replay(
            engine: .configured(ruleSet, settings),
            decoder: CaptureDecoder(
                intake: PayloadIntake(settings: settings), origin: PayloadIntake.Origin(vendor: vendor), clock: nil,
                readAt: .now))
        let accounts = settings.map { Array($0.accountsByID.values) } ?? []
        var run = AnonymizedReplay(replay: replay, kept: KeptWords(folder, accounts: accounts))
        var webhooks: [CapturedWebhook] = []
        try CapturedInput.read(inputs) { webhooks.append($0) }
        let report = run.anonymize(webhooks) { Output.print($0) }
        for problem in report.unreadable + report.differences { Output.complain(problem) }
        if !common.quiet { Output.complain("bellhop: \(report.summary)") }
        guard report.unreadable.isEmpty, report.differences.isEmpty else { throw Exit(.negative) }
    }
}

/// Captured webhooks and their anonymous likes, decided side by side.
struct AnonymizedReplay {
    private let decoder: CaptureDecoder
    private var before: Replay
    private var after: Replay
    private var anonymizer: Anonymizer

    init(replay: Replay, kept: KeptWords) {
        decoder = replay.decoder
        before = replay
        after = replay
        anonymizer = Anonymizer(keeping: kept)
    }

    struct Report {
        var webhooks = 0
        var events = 0
        var counts = AnonymizationCounts()
        /// What could not be read, by file and line.
        var unreadable: [String] = []
        /// What is decided otherwise, by file and line.
        var differences: [String] = []

        var summary: String {
            let replaced = [
                (counts.names, "words of names"), (counts.emails, "e-mails"), (counts.phones, "phone numbers"),
                (counts.ids, "ids"), (counts.tokens, "tokens"),
            ]
            var parts = [
                "\(webhooks) webhooks, \(events) events",
                "stand-ins for " + replaced.map { "\($0.0) \($0.1)" }.joined(separator: ", "),
            ]
            if !unreadable.isEmpty { parts.append("\(unreadable.count) could not be read, and left out") }
            parts.append(
                differences.isEmpty
                    ? "the rules decide the same"
                    : "the rules do not decide the same: \(differences.count) differences")
            return parts.joined(separator: "; ")
        }
    }

    /// - Parameter print: takes each line, in order.
    mutating func anonymize(_ webhooks: [CapturedWebhook], print: (String) -> Void) -> Report {
        var report = Report()
        for webhook in webhooks {
            guard let body = Self.value(webhook), case .success(let decoded) = decoder.decoded(webhook) else { continue }
            anonymizer.note(body, events: decoded.events)
        }
        for webhook in webhooks {
            report.webhooks += 1
            switch (Self.value(webhook), decoder.decoded(webhook)) {
            case (let body?, .success(let decoded)): anonymize(webhook, body, decoded, &report, print)
            case (_, .failure(let error)): report.unreadable.append("\(webhook.source):\(webhook.line): \(error.message)")
            case (nil, _): report.unreadable.append("\(webhook.source):\(webhook.line): the payload is no JSON")
            }
        }
        report.counts = anonymizer.counts
        return report
    }

    private mutating func anonymize(
        _ webhook: CapturedWebhook, _ body: Value, _ decoded: CaptureDecoder.Decoded, _ report: inout Report,
        _ print: (String) -> Void
    ) {
        // A vendor's test payload is known by its ids, and says nothing of anybody.
        let isTest = decoded.events.contains { $0.isTest }
        var anonymous = webhook
        let changed = isTest ? body : anonymizer.anonymized(body)
        anonymous.body = .success(JSONWriter.bytes(changed))
        anonymous.origin.vendor = decoded.account.vendor
        anonymous.origin.account = webhook.origin.account
        print(Self.line(anonymous, changed))
        let first = before.outcomes(of: decoded, explaining: false)
        let second = (try? decoder.decoded(anonymous).get()).map { after.outcomes(of: $0, explaining: false) } ?? []
        report.events += first.count
        // What a vendor shows of our own messages is known by ids that are made of the ids of what they answer.
        for (ours, theirs) in zip(Self.ownIDs(first), Self.ownIDs(second)) { anonymizer.fix(ours, theirs) }
        report.differences += Self.differences(first, second).map { "\(webhook.source):\(webhook.line): \($0)" }
    }

    private static func value(_ webhook: CapturedWebhook) -> Value? {
        guard case .success(let bytes) = webhook.body else { return nil }
        return try? JSONDocument(bytes).root.value
    }

    private static func line(_ webhook: CapturedWebhook, _ body: Value) -> String {
        var object = Value.Object()
        if let time = webhook.origin.receivedAt { object["received_at"] = .string(time.iso8601) }
        if let account = webhook.origin.account { object["account"] = .string(account) }
        object["vendor"] = .optional(webhook.origin.vendor?.rawValue)
        object["body"] = body
        return JSONWriter.string(.object(object))
    }

    private static func ownIDs(_ outcomes: [Replay.Outcome]) -> [String] {
        outcomes.flatMap { $0.decision?.effects ?? [] }.map(Replay.ownID)
    }

    // MARK: Comparing

    private static func differences(_ first: [Replay.Outcome], _ second: [Replay.Outcome]) -> [String] {
        guard first.count == second.count else {
            return ["\(first.count) events before, \(second.count) with stand-ins"]
        }
        return zip(first, second).flatMap { before, after -> [String] in
            let (left, right) = (skeleton(before), skeleton(after))
            return left.entries.compactMap { entry in
                guard let other = right[entry.key], other != entry.value else { return nil }
                return "\(before.event.id): \(entry.key) was \(JSONWriter.string(entry.value)), "
                    + "with stand-ins it is \(JSONWriter.string(other))"
            }
        }
    }

    /// What rules decide by and what they decided, without what has stand-ins.
    private static func skeleton(_ outcome: Replay.Outcome) -> Value.Object {
        let event = outcome.event
        var object: Value.Object = [
            "kind": .string(event.kind.rawValue), "time": .string(event.occurredAt.iso8601),
            "channel": .optional(event.conversation?.channel), "handler": .optional(event.conversation?.handler?.rawValue),
            "sender": .optional(event.sender?.role.rawValue), "type": .optional(event.message?.type.rawValue),
            "known": .bool(outcome.decision == nil),
        ]
        guard let decision = outcome.decision else { return object }
        object["rules"] = .array(
            decision.matched.map { rule in
                [
                    "id": .string(rule.id), "mode": .string(rule.mode.rawValue), "then": .string(rule.then.rawValue),
                    "suppressed": .bool(rule.isWhollySuppressed), "captures": .array(rule.match.keys.map(Value.string)),
                ]
            })
        object["effects"] = .array(decision.effects.map { effect($0, account: outcome.account) })
        var flow = decision.flow.map(DecisionForm.flow)?.object ?? [:]
        // It may have the words of the customer.
        flow["heard"] = nil
        object["flow"] = .object(flow)
        object["timers"] = .array((decision.timers ?? []).map { .string("\($0.name) \($0.due.iso8601)") })
        return object
    }

    private static func effect(_ effect: Effect, account: Account) -> Value {
        let form = DecisionForm.effect(effect, account: account)
        var object: Value.Object = [:]
        for key in ["rule", "step", "action", "status", "delay_ms"] { object[key] = form[key] ?? .null }
        if case .suppressed(let reason) = effect.status { object["reason"] = .string(reason.rawValue) }
        return .object(object)
    }
}
