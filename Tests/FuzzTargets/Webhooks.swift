import Delivery
import JSON
import Model
import VendorKit
import Vendors

@testable import Daemon

extension FuzzTarget {
    /// A webhook's body, for each vendor: authentic, and from a stranger.
    static let payload = FuzzTarget("payload") { bytes in
        for desk in Ground.desks {
            let stranger = WebhookRequest(body: bytes, trust: .secrets([Array("0123456789abcdef".utf8)]))
            demand(
                (try? desk.vendor.receive(stranger, account: desk.account, now: Ground.now).events.isEmpty) ?? true,
                "without the secret nothing is read")
            let captured = WebhookRequest(body: bytes, trust: .captured)
            guard let receipt = try? desk.vendor.receive(captured, account: desk.account, now: Ground.now) else { continue }
            demand(!receipt.events.isEmpty, "an authentic body is at least one event")
            let headers = try? desk.vendor.receive(captured, account: desk.account, now: Ground.now, extent: .header)
            demand(
                headers?.events.map(identity) == receipt.events.map(identity), "a header is that of the whole event")
            for event in receipt.events {
                demand(event.account == desk.account.id && !event.id.isEmpty, "an event has an id, and its account")
                _ = JSONWriter.bytes(event.value)
                _ = desk.vendor.lookups(for: event, account: desk.account)
            }
        }
    }

    private static func identity(of event: Event) -> [String] {
        [event.id, event.kind.rawValue, event.conversationKey.account, event.conversationKey.conversation]
    }

    /// A vendor's answer: the status in the first line, headers up to an empty one, and the body.
    static let answer = FuzzTarget("answer") { bytes in
        let (first, rest) = halves(bytes)
        let lines = rest.split(separator: "\n", omittingEmptySubsequences: false)
        let end = lines.firstIndex(of: "") ?? lines.endIndex
        var headers: [String: String] = [:]
        for line in lines[..<end] {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { headers[pair[0].lowercased()] = String(pair[1]) }
        }
        let body = Array(lines[end...].dropFirst().joined(separator: "\n").utf8)
        let response = VendorResponse(status: Int(first.prefix(3)) ?? 200, headers: headers, body: body)
        for desk in Ground.desks { read(response, at: desk) }
    }

    private static func read(_ response: VendorResponse, at desk: Ground.Desk) {
        _ = desk.vendor.rateLimit(told: response)?.wait(at: Ground.now)
        for effect in effects(of: desk.account) {
            if let request = try? desk.vendor.request(for: effect, account: desk.account) {
                _ = desk.vendor.outcome(of: response, to: request)
            }
            _ = try? desk.vendor.request(for: effect, account: desk.account, after: response)
            _ = desk.vendor.isDone(effect, readBack: response)
        }
        for probe in desk.vendor.probes(account: desk.account) { _ = probe.answer(in: response) }
        if let event = Ground.message("oi", number: 1) {
            for lookup in desk.vendor.lookups(for: event, account: desk.account) { _ = lookup.answer(in: response) }
        }
    }

    private static func effects(of account: Account) -> [Effect] {
        let actions: [Action] = [.note("hi"), .tag(["vip"], of: .conversation), .untag(["a"], of: .contact)]
        let target = EffectTarget(
            account: account.id, vendor: account.vendor, conversationID: "9", contactID: "7", channel: "webchat", tags: ["a"])
        return actions.map { action in
            Effect(
                key: "00112233445566778899aabbccddeeff", eventID: "e", rule: "r",
                ruleAt: SourcePosition(file: "r", line: 1, column: 1),
                action: action, target: target)
        }
    }

    /// Names, values and targets of HTTP, as strangers and vendors write them.
    static let headers = FuzzTarget("headers") { bytes in
        let (first, second) = halves(bytes)
        if let target = RequestTarget(first) {
            demand(target.segments.allSatisfy { $0.utf8.count <= first.utf8.count }, "decoding makes nothing longer")
        }
        if let wait = RetryAfter.milliseconds(first, now: Ground.now) { demand(wait >= 0, "nobody waits for the past") }
        _ = ListenAddress(first)
        if let list = try? HTTPAllowList([first]) { _ = list.permits(second) }
        _ = HTTPAllowList.none.permits(first)
    }
}
