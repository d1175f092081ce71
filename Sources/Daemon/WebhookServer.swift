import Delivery
import HTTPTypes
import Logging
import Model
import NIOCore
import NIOHTTP1
package import Storage
import VendorKit

/// Answers the public listener: `POST /webhooks/ACCOUNT`, and nothing else.
///
/// 200 is answered only after the store has the webhook on disk (R1), and alike for new and repeated events (R3). A wrong
/// secret and a missing one are one answer (S1). Nothing of a request but its account and outcome is ever logged (S10).
package struct WebhookServer: IngressResponder {
    /// What is held of webhooks, by all that take them.
    let load: IngressLoad
    private let accounts: AccountDirectory
    private let store: any Store
    private let limits: Settings.Limits
    private let depth: InboxDepth
    private let metrics: Metrics
    private let surroundings: Surroundings
    private let accepted: @Sendable () -> Void
    private let failures = LogThrottle()
    private let strangers = LogThrottle()
    private let overloads = LogThrottle()

    /// - Parameter accepted: called when events were stored.
    package init(
        accounts: AccountDirectory, store: any Store, limits: Settings.Limits, depth: InboxDepth, metrics: Metrics,
        surroundings: Surroundings, accepted: @escaping @Sendable () -> Void
    ) {
        self.accounts = accounts
        self.store = store
        self.limits = limits
        self.depth = depth
        self.metrics = metrics
        self.surroundings = surroundings
        self.accepted = accepted
        load = IngressLoad(depth: depth, inboxLimit: limits.inbox)
    }

    /// One request, its account known.
    private struct Route {
        var target: RequestTarget
        var account: Account
        var vendor: any Vendor
    }

    private typealias Outcome = (Telemetry.WebhookResult, Answer)

    private func route(of head: HTTPRequestHead) throws(Refusal) -> Route {
        guard let target = RequestTarget(head.uri), target.segments.count >= 2, target.segments[0] == "webhooks",
            !target.segments[1].isEmpty
        else { throw Refusal(.notFound) }
        guard head.method == .POST else { throw Refusal(.methodNotAllowed, [.allow: "POST"]) }
        guard let destination = accounts.destination(of: target.segments[1]) else { throw Refusal(.notFound) }
        return Route(target: target, account: destination.account, vendor: destination.vendor)
    }

    /// Why a webhook is not taken, as far as its head tells.
    private func refusal(of head: HTTPRequestHead, _ route: Route) -> (Telemetry.WebhookResult, Refusal)? {
        if let closed = closed(route) { return closed }
        let isEncoded = head.headers["content-encoding"].contains { $0.withoutOuterBlanks.lowercased() != "identity" }
        guard !isEncoded else { return (.encoded, Refusal(.unsupportedMediaType)) }
        let length = head.contentLength ?? 0
        guard length <= limits.bodyBytes else { return (.tooLarge, Refusal(.contentTooLarge, [.connection: "close"])) }
        return noRoom(for: route, length: length)
    }

    private func closed(_ route: Route) -> (Telemetry.WebhookResult, Refusal)? {
        guard accounts.webhookSecrets(of: route.account.id).isEmpty else { return nil }
        // Not for want of room: the connection is kept.
        return (.closed, Refusal(.serviceUnavailable, [.retryAfter: unavailable.headers[.retryAfter] ?? "30"]))
    }

    /// - Parameter length: bytes of the body that are not counted among those that are held.
    private func noRoom(for route: Route, length: Int) -> (Telemetry.WebhookResult, Refusal)? {
        guard store.hasRoom else { return (.full, Refusal(.serviceUnavailable, unavailable.headers)) }
        guard let obstacle = load.obstacle(bodyLength: length) else { return nil }
        return (.overloaded, shed(obstacle))
    }

    func admission(of head: HTTPRequestHead) -> Admission {
        let route: Route
        do { route = try self.route(of: head) } catch { return .refused(error) }
        guard let (result, refusal) = refusal(of: head, route) else {
            return .admitted(bodyLimit: limits.bodyBytes) { body in
                let (result, answer) = await outcome(of: body, head, route)
                metrics.countWebhook(route.account.vendor, result)
                return answer
            }
        }
        metrics.countWebhook(route.account.vendor, result)
        return .refused(refusal)
    }

    func note(_ failure: BodyFailure, of head: HTTPRequestHead) {
        guard let route = try? route(of: head) else { return }
        switch failure {
        case .tooLarge: metrics.countWebhook(route.account.vendor, .tooLarge)
        case .incomplete: metrics.countWebhook(route.account.vendor, .incomplete)
        case .overloaded:
            metrics.countWebhook(route.account.vendor, .overloaded)
            _ = shed(.bodies)
        }
    }

    /// With its body there, which may be long after its head: it was admitted, and counts among the bodies that are held.
    private func outcome(of body: ByteBuffer, _ head: HTTPRequestHead, _ route: Route) async -> Outcome {
        if let (result, refusal) = closed(route) ?? noRoom(for: route, length: 0) { return (result, Answer(refusal)) }
        return await outcome(of: webhook(head, Array(body.readableBytesView), route), route)
    }

    private func outcome(of webhook: WebhookRequest, _ route: Route) async -> Outcome {
        let now = surroundings.clock()
        let receipt: Receipt
        PlantedTrap.spring(.accept, text: String(decoding: webhook.body, as: UTF8.self))
        do {
            receipt = try route.vendor.receive(webhook, account: route.account, now: now, extent: .header) { body in
                accounts.stored(body, of: route.account.vendor)
            }
        } catch {
            switch error {
            case .notAnObject: return (.malformed, .error(.badRequest))
            case .unauthorized:
                if strangers.permits(at: now) { log(.warning, "webhook with a wrong secret", route) }
                return (.unauthorized, .error(.unauthorized))
            }
        }
        guard !receipt.events.isEmpty else { return (.handshake, Answer(receipt.reply)) }
        return await accept(receipt, now: now, route)
    }

    private func accept(_ receipt: Receipt, now: Instant, _ route: Route) async -> Outcome {
        let incoming = IncomingWebhook(
            account: route.account.id, vendor: route.account.vendor, receivedAt: now, body: receipt.body,
            events: receipt.events.map { EventHeader($0) })
        guard load.commits.take(1) else { return (.overloaded, Answer(shed(.commits))) }
        defer { load.commits.giveBack(1) }
        do {
            let result = try await store.accept(incoming)
            guard result.accepted > 0 else { return (.duplicate, Answer(receipt.reply)) }
            depth.add(result.accepted)
            accepted()
            return (.accepted, Answer(receipt.reply))
        } catch {
            // The disk is watched by `DiskWatch`, which tells.
            if error == .noRoom { return (.full, Answer(unavailable)) }
            if failures.permits(at: now) { log(.error, "webhook could not be stored", route, error: "\(error)") }
            guard error == .overloaded else { return (.failed, Answer(unavailable)) }
            metrics.countShed(.commits)
            return (.overloaded, Answer(unavailable))
        }
    }

    private func webhook(_ head: HTTPRequestHead, _ body: [UInt8], _ route: Route) -> WebhookRequest {
        WebhookRequest(
            body: body, headers: head.headers.map { (name: $0.name.lowercased(), value: $0.value.withoutOuterBlanks) },
            pathSuffix: Array(route.target.segments.dropFirst(2)),
            query: route.target.query.map { (name: $0.name, value: $0.value) },
            trust: .secrets(accounts.webhookSecrets(of: route.account.id)), limits: limits.json)
    }

    // MARK: Answering

    private var unavailable: Refusal { .overloaded(surroundings.random()) }

    private func shed(_ limit: IngressLoad.Limit) -> Refusal {
        metrics.countShed(limit)
        if overloads.permits(at: surroundings.clock()) {
            surroundings.logger.warning("webhooks are turned away for now", metadata: [Telemetry.reason: "\(limit.rawValue)"])
        }
        return unavailable
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ route: Route, error: String? = nil) {
        var values: Logger.Metadata = [
            Telemetry.account: "\(route.account.id)", Telemetry.vendor: "\(route.account.vendor.rawValue)",
        ]
        if let error { values[Telemetry.error] = "\(error)" }
        surroundings.logger.log(level: level, message, metadata: values)
    }
}

extension String {
    /// A field's value: the parser leaves the blanks behind it, which are no part of it (RFC 9110, 5.5).
    fileprivate var withoutOuterBlanks: String {
        let isBlank = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard utf8.first.map(isBlank) == true || utf8.last.map(isBlank) == true else { return self }
        var text = utf8.drop(while: isBlank)
        while let last = text.last, isBlank(last) { text.removeLast() }
        return String(Substring(text))
    }
}
