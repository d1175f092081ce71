import Daemon
import JSON
import Model
import Rules
import Storage

/// `blame --as-test`: a test of an event, made of the webhooks that the daemon has kept.
struct BlamedTest {
    let common: CommonOptions
    let options: WrittenTestOptions

    /// How much earlier than the event the conversation's webhooks are asked for.
    private static let history = Duration.seconds(7 * 86_400)

    /// - Parameter groups: of `blame`; the test is of the first that a webhook brought.
    func write(_ groups: [Value]) throws {
        guard let group = groups.first(where: { !($0["webhook"] ?? .null).isNull }), let event = group["event"],
            let eventID = event["id"]?.text, let received = event["received_at"]?.text.flatMap({ Instant(iso8601: $0) })
        else {
            throw Exit(
                .negative, "bellhop: no webhook brought it about, but a timer or an answer: a test of it is written by hand")
        }
        let settings = try common.settings()
        let root = common.rulesRoot(settings)
        let (_, ruleSet, _) = try common.usableRules(at: root)
        let engine = Engine.configured(ruleSet, settings)
        let webhooks = try webhooks(of: eventID, account: event["account"]?.text, until: received, settings)
        let test = CaptureTest(engine: engine, settings: settings, root: root, options: options)
        let decisions = try test.write(webhooks, eventID: eventID)
        tellDifference(group, decisions)
    }

    /// Those up to the event's, in order.
    private func webhooks(
        of eventID: String, account: String?, until received: Instant, _ settings: Settings?
    ) throws -> [CapturedWebhook] {
        let query = CaptureQuery(
            since: received.adding(.zero - Self.history), until: received.adding(.milliseconds(1)), account: account)
        var webhooks: [CapturedWebhook] = []
        _ = try common.controlClient().ask(.captures(query)) { reply in
            guard case .item(let capture) = reply else { return }
            webhooks.append(
                CapturedWebhook(captured: JSONWriter.bytes(capture), source: eventID, line: webhooks.count + 1))
        }
        let intake = PayloadIntake(settings: settings)
        let last = webhooks.lastIndex { webhook in
            guard let body = try? webhook.body.get(),
                let events = try? intake.events(in: body, origin: webhook.origin, now: received).events
            else { return false }
            return events.contains { $0.id == eventID }
        }
        guard let last else { throw Exit(.negative, "bellhop: the webhook of \(eventID) is no longer kept") }
        return Array(webhooks[...last])
    }

    /// A test passes with the rules as they are: who asks why something was sent wants to know when they are others.
    private func tellDifference(_ group: Value, _ decisions: [Decision]) {
        func ordered(_ rules: [String]) -> [String] {
            rules.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
        let then = ordered((group["effects"]?.array ?? []).compactMap { $0["rule"]?.text })
        let now = ordered(decisions.flatMap(\.allEffects).map(\.rule))
        guard then != now, !common.quiet else { return }
        func listed(_ rules: [String]) -> String { rules.isEmpty ? "none" : rules.joined(separator: ", ") }
        Output.complain("bellhop: the rules decide differently now: then \(listed(then)), now \(listed(now))")
    }
}
