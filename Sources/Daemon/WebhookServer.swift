import Delivery
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore
package import Storage
import VendorKit

/// Answers the public listener: `POST /webhooks/ACCOUNT`, and nothing else.
///
/// 200 is answered only after the store has the webhook on disk (R1), and alike for new and repeated events (R3). A wrong
/// secret and a missing one are one answer (S1). Nothing of a request but its account and outcome is ever logged (S10).
package struct WebhookServer: IngressResponder {
    package typealias Context = BasicRequestContext

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

    package func respond(to request: Request, context: BasicRequestContext) async -> Response {
        let route: Route
        do { route = try self.route(of: request.head) } catch { return Response(error).answering(request) }
        let (result, response) = await answer(request, route)
        metrics.countWebhook(route.account.vendor, result)
        return response
    }

    /// One request, its account known.
    private struct Route {
        var target: RequestTarget
        var account: Account
        var vendor: any Vendor
    }

    private typealias Answer = (Telemetry.WebhookResult, Response)

    private func route(of head: HTTPRequest) throws(Refusal) -> Route {
        guard let target = RequestTarget(head.path ?? ""), target.segments.count >= 2, target.segments[0] == "webhooks",
            !target.segments[1].isEmpty
        else { throw Refusal(.notFound) }
        guard head.method == .post else { throw Refusal(.methodNotAllowed, [.allow: "POST"]) }
        guard let destination = accounts.destination(of: target.segments[1]) else { throw Refusal(.notFound) }
        return Route(target: target, account: destination.account, vendor: destination.vendor)
    }

    /// Why a webhook is not taken, as far as its head tells.
    private func refusal(of head: HTTPRequest, _ route: Route, length: Int) -> (Telemetry.WebhookResult, Refusal)? {
        guard !accounts.webhookSecrets(of: route.account.id).isEmpty else {
            // Not for want of room: the connection is kept.
            return (.closed, Refusal(.serviceUnavailable, [.retryAfter: unavailable.headers[.retryAfter] ?? "30"]))
        }
        let isEncoded = head.headerFields[values: .contentEncoding].contains { $0.lowercased() != "identity" }
        guard !isEncoded else { return (.encoded, Refusal(.unsupportedMediaType)) }
        guard length <= limits.bodyBytes else { return (.tooLarge, Refusal(.contentTooLarge, [.connection: "close"])) }
        guard store.hasRoom else { return (.full, Refusal(.serviceUnavailable, unavailable.headers)) }
        guard let obstacle = load.obstacle(bodyLength: length) else { return nil }
        return (.overloaded, shed(obstacle))
    }

    func admission(of head: HTTPRequest) -> Admission {
        let route: Route
        do { route = try self.route(of: head) } catch { return .refused(error) }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        guard let (result, refusal) = refusal(of: head, route, length: length) else { return .body(atMost: limits.bodyBytes) }
        metrics.countWebhook(route.account.vendor, result)
        return .refused(refusal)
    }

    func note(_ failure: BodyFailure, of head: HTTPRequest) {
        guard let route = try? route(of: head) else { return }
        switch failure {
        case .tooLarge: metrics.countWebhook(route.account.vendor, .tooLarge)
        case .incomplete: metrics.countWebhook(route.account.vendor, .incomplete)
        case .overloaded:
            metrics.countWebhook(route.account.vendor, .overloaded)
            _ = shed(.bodies)
        }
    }

    /// With its body there: on the listener it was admitted, and counts among the bodies that are held already.
    private func answer(_ request: Request, _ route: Route) async -> Answer {
        if let (result, refusal) = refusal(of: request.head, route, length: 0) { return (result, Response(refusal)) }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: limits.bodyBytes) } catch {
            return (.tooLarge, .error(.contentTooLarge, [.connection: "close"]))
        }
        return await answer(webhook(request, Array(body.readableBytesView), route), route)
    }

    private func answer(_ webhook: WebhookRequest, _ route: Route) async -> Answer {
        let now = surroundings.clock()
        let receipt: Receipt
        PlantedTrap.spring(.accept, text: String(decoding: webhook.body, as: UTF8.self))
        do { receipt = try route.vendor.receive(webhook, account: route.account, now: now) } catch {
            switch error {
            case .notAnObject: return (.malformed, .error(.badRequest))
            case .unauthorized:
                if strangers.permits(at: now) { log(.warning, "webhook with a wrong secret", route) }
                return (.unauthorized, .error(.unauthorized))
            }
        }
        guard !receipt.events.isEmpty else { return (.handshake, Response(receipt.reply)) }
        return await accept(receipt, body: webhook.body, now: now, route)
    }

    private func accept(_ receipt: Receipt, body: [UInt8], now: Instant, _ route: Route) async -> Answer {
        let incoming = IncomingWebhook(
            account: route.account.id, vendor: route.account.vendor, receivedAt: now,
            body: accounts.stored(body, of: route.account.vendor),
            events: receipt.events.map { EventHeader($0) })
        guard load.commits.take(1) else { return (.overloaded, Response(shed(.commits))) }
        defer { load.commits.giveBack(1) }
        do {
            let result = try await store.accept(incoming)
            guard result.accepted > 0 else { return (.duplicate, Response(receipt.reply)) }
            depth.add(result.accepted)
            accepted()
            return (.accepted, Response(receipt.reply))
        } catch {
            // The disk is watched by `DiskWatch`, which tells.
            if error == .noRoom { return (.full, Response(unavailable)) }
            if failures.permits(at: now) { log(.error, "webhook could not be stored", route, error: "\(error)") }
            guard error == .overloaded else { return (.failed, Response(unavailable)) }
            metrics.countShed(.commits)
            return (.overloaded, Response(unavailable))
        }
    }

    private func webhook(_ request: Request, _ body: [UInt8], _ route: Route) -> WebhookRequest {
        WebhookRequest(
            body: body, headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
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
