package import Delivery
import HTTPTypes
package import Hummingbird
import HummingbirdCore
import Model
package import Storage

/// Answers the admin listener: `GET /health/live`, `/health/ready` and `/metrics`.
package struct AdminServer: IngressResponder {
    package typealias Context = BasicRequestContext

    private let health: Health
    private let metrics: Metrics
    private let counter: StoreCounter
    private let accounts: AccountDirectory
    private let hosts: AdminHosts
    private let conditions: @Sendable () -> [String: AccountCondition]
    private let program: @Sendable () -> Metrics.ProgramStanding?
    private let disk: @Sendable () -> StoreCondition?
    private let clock: @Sendable () -> Instant

    /// - Parameters:
    ///   - settings: tell which names it answers to.
    ///   - conditions: by account, of those of which effects were met.
    ///   - program: of this process.
    ///   - disk: how it stands below the store.
    package init(
        health: Health, metrics: Metrics, counter: StoreCounter, accounts: AccountDirectory, settings: Settings = Settings(),
        surroundings: Surroundings, conditions: @escaping @Sendable () -> [String: AccountCondition] = { [:] },
        program: @escaping @Sendable () -> Metrics.ProgramStanding? = { nil },
        disk: @escaping @Sendable () -> StoreCondition? = { nil }
    ) {
        self.health = health
        self.metrics = metrics
        self.counter = counter
        self.accounts = accounts
        hosts = AdminHosts(settings)
        self.conditions = conditions
        self.program = program
        self.disk = disk
        clock = surroundings.clock
    }

    package func respond(to request: Request, context: BasicRequestContext) async -> Response {
        guard hosts.admits(request.head.authority) else { return .error(.forbidden).answering(request) }
        guard request.method == .get else { return .error(.methodNotAllowed, [.allow: "GET"]).answering(request) }
        let path = request.uri.path
        guard ["/health/live", "/health/ready", "/metrics"].contains(path) else {
            return .error(.notFound).answering(request)
        }
        switch path {
        case "/health/live": return Response(.ok, "application/json", "{\"status\":\"live\"}\n")
        case "/health/ready": return await readiness()
        default:
            let text = metrics.text(
                await backlog(), accounts: standings, program: program(), acceptOnly: health.acceptOnly, disk: disk())
            return Response(.ok, "text/plain; version=0.0.4; charset=utf-8", accounts.redactor.redacted(text))
        }
    }

    /// Nothing here has a body.
    func admission(of head: HTTPRequest) -> Admission { .body(atMost: 0) }

    func note(_ failure: BodyFailure, of head: HTTPRequest) {}

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
        do { counts = try await counter.counts() } catch { return nil }
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
