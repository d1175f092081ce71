import Delivery
import Hummingbird
import Logging
import Model
import ServiceLifecycle
import Storage
import UnixSignals
import VendorKit

/// The parts of a running daemon, connected.
struct DaemonParts: Sendable {
    let box: EngineBox
    let health: Health
    let depth: InboxDepth
    let dispatcher: Dispatcher
    let processor: Processor
    let book: LookupBook
    let timers: TimerSweeper
    let reloader: RuleReloader
    let webhookServer: WebhookServer
    let adminServer: AdminServer
    let feed = DecisionFeed()
    let janitor: Janitor
    private let store: any Store
    private let settings: Settings
    private let accounts: AccountDirectory
    private let surroundings: Surroundings

    init(
        settings: Settings, accounts: AccountDirectory, store: any Store, transport: any Transport, surroundings: Surroundings
    ) {
        let metrics = Metrics()
        let box = EngineBox()
        let depth = InboxDepth()
        let health = Health(store: store, box: box)
        let inbox = WakeSignal()
        let timers = TimerSweeper(
            store: store, depth: depth, metrics: metrics, surroundings: surroundings, fired: { inbox.raise() })
        let dispatcher = Dispatcher(
            store: store, destinations: accounts, transport: transport,
            surroundings: surroundings.forDispatching(
                observe: { report in
                    metrics.count(report)
                    if report.isAnswered { depth.add(1) }
                    // What failed for good may have cancelled calls, which are answered by that.
                    if report.isAnswered || report.result == .dead { inbox.raise() }
                }, notice: { metrics.count($0) }))
        let book = LookupBook(
            calls: LookupCalls(dispatcher.reads), surroundings: surroundings,
            answered: { report in
                metrics.count(report)
                inbox.raise()
            })
        let processor = Processor(
            store: store, box: box, accounts: accounts, depth: depth, metrics: metrics, surroundings: surroundings,
            wakeUp: inbox, book: book,
            sinks: Processor.Sinks(
                decided: { [feed] decision, internalEvent in
                    feed.publish(decision)
                    guard accounts.isPrinted(decision.event.account) else { return }
                    if let text = Console.text(decision, of: internalEvent) { surroundings.console(text) }
                },
                committed: { dispatcher.wake() }, timersSet: { timers.note(next: $0) }))
        self.box = box
        self.health = health
        self.depth = depth
        self.dispatcher = dispatcher
        self.processor = processor
        self.book = book
        self.timers = timers
        reloader = RuleReloader(settings: settings, box: box, metrics: metrics, surroundings: surroundings)
        webhookServer = WebhookServer(
            accounts: accounts, store: store, limits: settings.limits, depth: depth, metrics: metrics, surroundings: surroundings,
            accepted: { processor.wake() })
        adminServer = AdminServer(
            health: health, metrics: metrics, store: store, accounts: accounts, depth: depth, surroundings: surroundings,
            conditions: { dispatcher.accountConditions })
        janitor = Janitor(settings: settings, box: box, ledger: store as? any Ledger, surroundings: surroundings)
        self.store = store
        self.settings = settings
        self.accounts = accounts
        self.surroundings = surroundings
    }

    @discardableResult
    func reload() async -> RuleReloader.Report {
        let report = await reloader.reload()
        // Whoever reloads may have mended credentials.
        dispatcher.resumeAccounts()
        book.forgetFailures()
        // What waited for rules is decided now.
        processor.wake()
        return report
    }

    /// - Parameter tried: called once, when the socket is open or cannot be opened.
    func controlServer(
        addresses: KnownAddresses, version: String, tried: @escaping @Sendable () -> Void
    ) -> ControlServer {
        let status = StatusSource(
            settings: settings, version: version, startedAt: surroundings.clock(), addresses: addresses, health: health, box: box,
            reloader: reloader, feed: feed, store: store, clock: surroundings.clock)
        let responder = ControlResponder(
            status: status, reload: { await reload() }, feed: feed, accounts: accounts, ledger: store as? any Ledger,
            janitor: janitor, bodyLimit: settings.limits.bodyBytes, surroundings: surroundings,
            wakers: ControlResponder.Wakers(
                event: { [depth, processor] in
                    depth.add(1)
                    processor.wake()
                }, effects: { [dispatcher] in dispatcher.wake() }))
        return ControlServer(path: settings.control, responder: responder, surroundings: surroundings, tried: tried)
    }
}

extension Surroundings {
    /// - Parameters:
    ///   - observe: called for every attempt, besides its line in the log.
    ///   - notice: called for every change of an account's condition, besides its line in the log.
    func forDispatching(
        observe: @escaping @Sendable (DeliveryReport) -> Void, notice: @escaping @Sendable (AccountNotice) -> Void
    ) -> DispatchSurroundings {
        DispatchSurroundings(
            clocks: clocks, random: random,
            sleep: { [clocks, pause] until in await pause(max(until.since(clocks().wall), .zero)) },
            print: { [console] delivery in console(Console.text(delivery)) },
            observe: { [logger] report in
                observe(report)
                logger.log(report)
            },
            notice: notice, logger: logger)
    }
}

extension Logger {
    /// A line for each attempt at debug, and at error where it was the last and failed.
    fileprivate func log(_ report: DeliveryReport) {
        var values: Metadata = [
            Telemetry.outboxID: "\(report.outboxID)", Telemetry.eventID: "\(report.eventID)", Telemetry.rule: "\(report.rule)",
            Telemetry.account: "\(report.account)", Telemetry.vendor: "\(report.vendor.rawValue)",
            Telemetry.action: "\(report.action.rawValue)", Telemetry.attempt: "\(report.attempt)",
            Telemetry.outcome: "\(report.outcome.rawValue)", Telemetry.result: "\(report.result.rawValue)",
            Telemetry.duration: "\(report.duration.wholeMilliseconds)",
        ]
        if let reason = report.reason { values[Telemetry.reason] = "\(reason.rawValue)" }
        if let status = report.status { values[Telemetry.status] = "\(status)" }
        if report.outcome == .forbidden, report.result != .dead {
            values[Telemetry.eventID] = nil
            return warning("http action led to an address that it may not reach", metadata: values)
        }
        guard report.result == .dead else { return debug("effect attempted", metadata: values) }
        // Event ids name conversations and messages: for debugging only.
        values[Telemetry.eventID] = nil
        // Left to a human, or called off with an effect before it: as the rules want it.
        if report.reason == .human || report.reason == .cancelled { return debug("effect withheld", metadata: values) }
        error("effect given up", metadata: values)
    }
}

// MARK: - Services

struct DispatcherService: Service, CustomStringConvertible {
    var description: String { "dispatcher" }
    let dispatcher: Dispatcher
    let health: Health

    func run() async throws {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: {
            dispatcher.requestStop()
        }
        // It is told to stop before all others, and may be done before its turn to be done has come.
        if health.isStopping { try await gracefulShutdown() }
    }
}

struct ProcessorService: Service, CustomStringConvertible {
    var description: String { "processor" }
    let processor: Processor

    func run() async {
        await withGracefulShutdownHandler {
            await processor.run()
        } onGracefulShutdown: {
            processor.requestStop()
        }
    }
}

struct TimerService: Service, CustomStringConvertible {
    var description: String { "timers" }
    let timers: TimerSweeper
    let health: Health

    func run() async throws {
        await withGracefulShutdownHandler {
            await timers.run()
        } onGracefulShutdown: {
            timers.requestStop()
        }
        // As the dispatcher, it is told to stop before all others.
        if health.isStopping { try await gracefulShutdown() }
    }
}

/// Reloads on SIGHUP.
struct ReloadService: Service, CustomStringConvertible {
    var description: String { "reload" }
    let reload: @Sendable () async -> Void

    func run() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            await reload()
        }
    }
}

/// The last of the services, and so the first to hear of a graceful shutdown.
struct StopNotice: Service, CustomStringConvertible {
    var description: String { "stop notice" }
    let stopping: @Sendable () -> Void

    init(_ stopping: @escaping @Sendable () -> Void) { self.stopping = stopping }

    func run() async throws {
        try await gracefulShutdown()
        stopping()
    }
}
