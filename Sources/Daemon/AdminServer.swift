package import Delivery
import HTTPTypes
import Model
import NIOHTTP1
package import Storage

/// Answers the admin listener: `GET /health/live`, `/health/ready` and `/metrics`.
package struct AdminServer: IngressResponder {
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

    private enum Page: String {
        case live = "/health/live"
        case ready = "/health/ready"
        case metrics = "/metrics"
    }

    /// Nothing here has a body.
    func admission(of head: HTTPRequestHead) -> Admission {
        guard hosts.admits(head.headers.first(name: "host")) else { return .refused(Refusal(.forbidden)) }
        guard head.method == .GET else { return .refused(Refusal(.methodNotAllowed, [.allow: "GET"])) }
        let path = String(Substring(head.uri.utf8.prefix { $0 != UInt8(ascii: "?") }))
        guard let page = Page(rawValue: path) else { return .refused(Refusal(.notFound)) }
        return .admitted(bodyLimit: 0) { _ in await answer(page) }
    }

    func note(_ failure: BodyFailure, of head: HTTPRequestHead) {}

    private func answer(_ page: Page) async -> Answer {
        switch page {
        case .live: return Answer(.ok, "application/json", "{\"status\":\"live\"}\n")
        case .ready: return await readiness()
        case .metrics:
            let text = metrics.text(
                await backlog(), accounts: standings, program: program(), acceptOnly: health.acceptOnly, disk: disk())
            return Answer(.ok, "text/plain; version=0.0.4; charset=utf-8", accounts.redactor.redacted(text))
        }
    }

    private func readiness() async -> Answer {
        guard let obstacle = await health.obstacle() else {
            return Answer(.ok, "application/json", "{\"status\":\"ready\"}\n")
        }
        let body = "{\"status\":\"unavailable\",\"reason\":\"\(obstacle.rawValue)\"}\n"
        return Answer(.serviceUnavailable, "application/json", body)
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
