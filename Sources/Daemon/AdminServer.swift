package import Delivery
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
    private let conditions: @Sendable () -> [String: AccountCondition]
    private let clock: @Sendable () -> Instant

    /// - Parameter conditions: by account, of those of which effects were met.
    package init(
        health: Health, metrics: Metrics, store: any Store, accounts: AccountDirectory, depth: InboxDepth,
        surroundings: Surroundings, conditions: @escaping @Sendable () -> [String: AccountCondition] = { [:] }
    ) {
        self.health = health
        self.metrics = metrics
        self.store = store
        self.accounts = accounts
        self.depth = depth
        self.conditions = conditions
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
            let text = accounts.redactor.redacted(metrics.text(await backlog(), accounts: standings))
            return Response(.ok, "text/plain; version=0.0.4; charset=utf-8", text)
        }
    }

    private func readiness() async -> Response {
        guard let obstacle = await health.obstacle() else {
            return Response(.ok, "application/json", "{\"status\":\"ready\"}\n")
        }
        let body = "{\"status\":\"unavailable\",\"reason\":\"\(obstacle.rawValue)\"}\n"
        return Response(.serviceUnavailable, "application/json", body)
    }

    private var standings: [Metrics.AccountStanding] {
        let conditions = conditions()
        return accounts.vendors.sorted { $0.key < $1.key }.map { account, vendor in
            Metrics.AccountStanding(account: account, vendor: vendor, condition: conditions[account])
        }
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
        let now = clock()
        var ages: [VendorID: Duration] = [:]
        for (account, oldest) in counts.oldestOpen {
            guard let vendor = accounts.vendor(of: account) else { continue }
            ages[vendor] = max(ages[vendor] ?? .zero, now.since(oldest))
        }
        let age = counts.oldestUndecided.map { max(now.since($0), .zero) } ?? .zero
        return Metrics.Backlog(
            inbox: counts.undecided, oldestAge: age, outbox: outbox, outboxOldestAge: ages, dead: counts.dead)
    }
}
