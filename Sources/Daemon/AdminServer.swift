import HTTPTypes
package import Hummingbird
import HummingbirdCore
import Model
package import Storage

/// Answers the admin listener: `GET /health/live`, `/health/ready` and `/metrics`.
package struct AdminServer: HTTPResponder {
    package typealias Context = BasicRequestContext

    private let health: Health
    private let metrics: Metrics
    private let store: any Store
    private let accounts: AccountDirectory
    private let depth: InboxDepth
    private let clock: @Sendable () -> Instant

    package init(
        health: Health, metrics: Metrics, store: any Store, accounts: AccountDirectory, depth: InboxDepth,
        surroundings: Surroundings
    ) {
        self.health = health
        self.metrics = metrics
        self.store = store
        self.accounts = accounts
        self.depth = depth
        clock = surroundings.clock
    }

    package func respond(to request: Request, context: BasicRequestContext) async -> Response {
        let path = request.uri.path
        guard ["/health/live", "/health/ready", "/metrics"].contains(path) else {
            return .error(.notFound).answering(request)
        }
        guard request.method == .get else { return .error(.methodNotAllowed, [.allow: "GET"]).answering(request) }
        switch path {
        case "/health/live": return Response(.ok, "application/json", "{\"status\":\"live\"}\n")
        case "/health/ready": return await readiness()
        default:
            return Response(.ok, "text/plain; version=0.0.4; charset=utf-8", metrics.text(await backlog()))
        }
    }

    private func readiness() async -> Response {
        guard let obstacle = await health.obstacle() else {
            return Response(.ok, "application/json", "{\"status\":\"ready\"}\n")
        }
        let body = "{\"status\":\"unavailable\",\"reason\":\"\(obstacle.rawValue)\"}\n"
        return Response(.serviceUnavailable, "application/json", body)
    }

    private func backlog() async -> Metrics.Backlog? {
        let counts: StoreCounts
        do { counts = try await store.counts() } catch { return nil }
        depth.correct(to: counts.undecided)
        var outbox: [VendorID: Int] = [:]
        for (account, count) in counts.open {
            // Of an account that is configured no more there is no vendor to count it for.
            if let vendor = accounts.vendor(of: account) { outbox[vendor, default: 0] += count }
        }
        let age = counts.oldestUndecided.map { max(clock().since($0), .zero) } ?? .zero
        return Metrics.Backlog(inbox: counts.undecided, oldestAge: age, outbox: outbox, dead: counts.dead)
    }
}
