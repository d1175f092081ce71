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
package struct WebhookServer: HTTPResponder {
    package typealias Context = BasicRequestContext

    private let accounts: AccountDirectory
    private let store: any Store
    private let limits: Settings.Limits
    private let depth: InboxDepth
    private let metrics: Metrics
    private let surroundings: Surroundings
    private let accepted: @Sendable () -> Void
    private let failures = LogThrottle()
    private let strangers = LogThrottle()
    private let budget = BodyBudget(limit: 32 << 20)

    /// How long a body may take to arrive.
    private static let bodyDeadline = Duration.seconds(10)

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
    }

    package func respond(to request: Request, context: BasicRequestContext) async -> Response {
        guard let target = RequestTarget(request.head.path ?? ""), target.segments.count >= 2, target.segments[0] == "webhooks",
            !target.segments[1].isEmpty
        else { return .error(.notFound).answering(request) }
        guard request.method == .post else {
            return .error(.methodNotAllowed, [.allow: "POST"]).answering(request)
        }
        guard let destination = accounts.destination(of: target.segments[1]) else { return .error(.notFound) }
        let route = Route(target: target, account: destination.account, vendor: destination.vendor)
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

    private func answer(_ request: Request, _ route: Route) async -> Answer {
        let secrets = accounts.webhookSecrets(of: route.account.id)
        guard !secrets.isEmpty else { return (.closed, .error(.serviceUnavailable)) }
        let isEncoded = request.headers[values: .contentEncoding].contains { $0.lowercased() != "identity" }
        guard !isEncoded else { return (.encoded, .error(.unsupportedMediaType)) }
        guard depth.current < limits.inbox else { return (.overloaded, unavailable) }
        switch await body(of: request) {
        case .tooLarge: return (.tooLarge, .error(.contentTooLarge, [.connection: "close"]))
        case .incomplete: return (.incomplete, .error(.requestTimeout, [.connection: "close"]))
        case .overBudget: return (.overloaded, unavailable)
        case .bytes(let bytes):
            defer { budget.giveBack(bytes.count) }
            return await answer(webhook(request, bytes, route, secrets), route)
        }
    }

    private func answer(_ webhook: WebhookRequest, _ route: Route) async -> Answer {
        let now = surroundings.clock()
        let receipt: Receipt
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
        do {
            let result = try await store.accept(incoming)
            guard result.accepted > 0 else { return (.duplicate, Response(receipt.reply)) }
            depth.add(result.accepted)
            accepted()
            return (.accepted, Response(receipt.reply))
        } catch {
            if failures.permits(at: now) { log(.error, "webhook could not be stored", route, error: "\(error)") }
            return (error == .overloaded ? .overloaded : .failed, unavailable)
        }
    }

    // MARK: Reading

    private enum Body: Sendable {
        /// Their number is taken from the budget.
        case bytes([UInt8])
        case overBudget
        case tooLarge
        case incomplete
    }

    private func body(of request: Request) async -> Body {
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyBytes { return .tooLarge }
        return await withTaskGroup(of: Body.self) { group in
            group.addTask { [body = request.body, limit = limits.bodyBytes, budget] in
                await Self.collected(body, limit: limit, budget: budget)
            }
            group.addTask { [pause = surroundings.pause] in
                await pause(Self.bodyDeadline)
                return .incomplete
            }
            let first = await group.next() ?? .incomplete
            group.cancelAll()
            // The last byte and the deadline may have come together.
            for await late in group {
                if case .bytes(let bytes) = late { budget.giveBack(bytes.count) }
            }
            return first
        }
    }

    private static func collected(_ body: RequestBody, limit: Int, budget: BodyBudget) async -> Body {
        var bytes: [UInt8] = []
        var failure: Body?
        do {
            for try await part in body {
                if part.readableBytes > limit - bytes.count {
                    failure = .tooLarge
                } else if !budget.take(part.readableBytes) {
                    failure = .overBudget
                }
                if failure != nil { break }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch {
            failure = .incomplete
        }
        guard let failure else { return .bytes(bytes) }
        budget.giveBack(bytes.count)
        return failure
    }

    private func webhook(
        _ request: Request, _ body: [UInt8], _ route: Route, _ secrets: [[UInt8]]
    ) -> WebhookRequest {
        WebhookRequest(
            body: body, headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
            pathSuffix: Array(route.target.segments.dropFirst(2)),
            query: route.target.query.map { (name: $0.name, value: $0.value) }, trust: .secrets(secrets))
    }

    // MARK: Answering

    /// 503 that asks to come again in 5 to 30 seconds: spread, so that not all come at once.
    private var unavailable: Response {
        let seconds = 5 + Int(min(max(surroundings.random(), 0), 1) * 25)
        return .error(.serviceUnavailable, [.retryAfter: "\(seconds)"])
    }

    private func log(_ level: Logger.Level, _ message: Logger.Message, _ route: Route, error: String? = nil) {
        var values: Logger.Metadata = [
            Telemetry.account: "\(route.account.id)", Telemetry.vendor: "\(route.account.vendor.rawValue)",
        ]
        if let error { values[Telemetry.error] = "\(error)" }
        surroundings.logger.log(level: level, message, metadata: values)
    }
}
