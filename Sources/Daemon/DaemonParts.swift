import Delivery
import Logging
import Model
import RuleFiles
import ServiceLifecycle
import Storage
import UnixSignals
import VendorKit

/// The parts of a running daemon, connected.
struct DaemonParts: Sendable {
    let box: EngineBox
    let health: Health
    let probe: StoreProbe
    let counter: StoreCounter
    let notices: ServiceNotices
    let statusLine: StatusLine
    let watchdog: Watchdog
    let depth: InboxDepth
    let dispatcher: Dispatcher
    let processor: Processor
    let book: LookupBook
    let timers: TimerSweeper
    let reloader: RuleReloader
    /// Nil when rules are read only when somebody asks.
    let watcher: RuleWatcher?
    let webhookServer: WebhookServer
    let adminServer: AdminServer
    let metrics: Metrics
    let feed = DecisionFeed()
    let janitor: Janitor
    private let secrets: SecretRenewal
    private let journal: RunJournal?
    let disk: DiskWatch
    private let store: any Store
    private let settings: Settings
    private let accounts: AccountDirectory
    private let surroundings: Surroundings

    /// - Parameter configuration: reads the configuration again; nil where it cannot change.
    init(
        settings: Settings, accounts: AccountDirectory, store: any Store, transport: any Transport, surroundings: Surroundings,
        version: String, notices: ServiceNotices, watchdogTimeout: Duration? = nil,
        configuration: (@Sendable () -> LoadedSettings)? = nil, journal: RunJournal? = nil
    ) {
        let metrics = Metrics()
        let box = EngineBox()
        let depth = InboxDepth()
        var tend: (@Sendable () async -> StoreCondition)?
        if let store = store as? any TendedStore { tend = { await store.tend() } }
        let disk = DiskWatch(surroundings: surroundings, tend: tend)
        let probe = StoreProbe(store: store, surroundings: surroundings)
        let counter = StoreCounter(store: store, depth: depth, surroundings: surroundings)
        let health = Health(probe: probe, box: box, disk: disk)
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
            wakeUp: inbox, book: book, journal: journal,
            sinks: Processor.Sinks(
                decided: { [feed] decision, internalEvent in
                    feed.publish(decision)
                    guard accounts.isPrinted(decision.event.account) else { return }
                    if let text = Console.text(decision, of: internalEvent) { surroundings.console(text) }
                },
                committed: { dispatcher.wake() }, timersSet: { timers.note(next: $0) },
                wantsReasons: { [feed] in feed.isExplained }))
        self.metrics = metrics
        let watchdog = Watchdog(
            parts: [
                .store(probe), .eventLoops,
                .loop(
                    "processor", progress: { processor.progress }, wake: { processor.wake() }, pause: surroundings.pause),
                .loop(
                    "dispatcher", progress: { dispatcher.progress }, wake: { dispatcher.wake() }, pause: surroundings.pause),
                .loop("timers", progress: { timers.progress }, wake: { timers.wake() }, pause: surroundings.pause),
            ], timeout: watchdogTimeout, surroundings: surroundings, feed: { notices.feedWatchdog() })
        self.watchdog = watchdog
        self.box = box
        self.health = health
        self.probe = probe
        self.counter = counter
        self.notices = notices
        self.disk = disk
        self.depth = depth
        self.dispatcher = dispatcher
        self.processor = processor
        self.book = book
        self.timers = timers
        self.journal = journal
        let reloader = RuleReloader(settings: settings, box: box, metrics: metrics, surroundings: surroundings)
        self.reloader = reloader
        let statusLine = StatusLine(
            health: health, box: box, counter: counter,
            paused: { dispatcher.accountConditions.filter(\.value.isPaused).map(\.key) })
        self.statusLine = statusLine
        watcher =
            settings.reload.isWatching
            ? RuleWatcher(settings, surroundings) {
                guard await reloader.reloadIfChanged(begin: { notices.reloading() }) != nil else { return }
                // What waited for rules is decided now.
                processor.wake()
                notices.reloaded(notices.isHeard ? await statusLine.text() : "")
            } : nil
        webhookServer = WebhookServer(
            accounts: accounts, store: store, limits: settings.limits, depth: depth, metrics: metrics, surroundings: surroundings,
            accepted: { processor.noteAccepted() })
        adminServer = AdminServer(
            health: health, metrics: metrics, counter: counter, accounts: accounts, settings: settings,
            surroundings: surroundings, conditions: { dispatcher.accountConditions },
            program: { [watchdog] in
                Metrics.ProgramStanding(version: version, progressAge: watchdog.age, facts: .current)
            }, disk: { disk.condition })
        janitor = Janitor(settings: settings, box: box, ledger: store as? any Ledger, surroundings: surroundings)
        secrets = SecretRenewal(
            accounts: accounts, configuration: configuration ?? { .unchanged(settings) }, logger: surroundings.logger)
        self.store = store
        self.settings = settings
        self.accounts = accounts
        self.surroundings = surroundings
    }

    /// The public listener.
    func webhookListener(
        _ passed: PassedSocket?, connections: Int, bound: @escaping @Sendable (ListenAddress) -> Void
    ) -> HTTPListener {
        HTTPListener(
            address: settings.listen, passed: passed,
            service: service(.webhooks, settings.listen, webhookServer, webhookServer.load, connections), bound: bound)
    }

    /// It has a load of its own: health and metrics are told when webhooks are turned away.
    func adminListener(
        _ passed: PassedSocket?, connections: Int, bound: @escaping @Sendable (ListenAddress) -> Void
    ) -> HTTPListener {
        let load = IngressLoad(depth: InboxDepth(), inboxLimit: 1, bodyBytes: 1, commits: 1)
        return HTTPListener(
            address: settings.admin, passed: passed, service: service(.admin, settings.admin, adminServer, load, connections),
            bound: bound)
    }

    private func service(
        _ name: ListenerName, _ address: ListenAddress, _ responder: any IngressResponder, _ load: IngressLoad, _ connections: Int
    ) -> HTTPService {
        HTTPService(
            responder: responder, load: load, table: ConnectionTable(limit: connections), answersOnLoops: name != .admin,
            count: { [metrics] in metrics.count($0, on: name) }, refused: RefusalLog(surroundings.logger, address).note,
            clock: surroundings.clock, random: surroundings.random)
    }

    @discardableResult
    func reload() async -> RuleReloader.Report {
        notices.reloading()
        do { try secrets.run() } catch {
            let report = reloader.noteRefusal(error.diagnostics, sources: error.sources)
            notices.reloaded(notices.isHeard ? await statusLine.text() : "")
            return report
        }
        let report = await reloader.reload()
        // Somebody has looked after it.
        if box.current != nil { journal?.forgetCrashes() }
        // Whoever reloads may have mended credentials.
        dispatcher.resumeAccounts()
        book.forgetFailures()
        // What waited for rules is decided now.
        processor.wake()
        notices.reloaded(notices.isHeard ? await statusLine.text() : "")
        return report
    }

    /// - Parameter tried: called once, when the socket is open or cannot be opened.
    func controlServer(
        addresses: KnownAddresses, version: String, tried: @escaping @Sendable () -> Void
    ) -> ControlServer {
        let status = StatusSource(
            settings: settings, version: version, startedAt: surroundings.clock(), addresses: addresses, health: health, box: box,
            reloader: reloader, watcher: watcher, hasCrashedBefore: journal?.last.hasCrashed ?? false, feed: feed,
            counter: counter, disk: disk, clock: surroundings.clock)
        let doctor = Doctor(
            settings: settings, health: health, store: store, ledger: store as? any Ledger,
            conditions: { [dispatcher] in dispatcher.accountConditions }, clock: surroundings.clock)
        let responder = ControlResponder(
            status: status, doctor: doctor, reload: { await reload() }, feed: feed, accounts: accounts,
            ledger: store as? any Ledger,
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
    let failure: StoreFailureNotice

    func run() async throws {
        await withGracefulShutdownHandler {
            await dispatcher.run()
        } onGracefulShutdown: {
            dispatcher.requestStop()
        }
        // It is told to stop before all others, and may be done before its turn to be done has come. A store that failed has no
        // work for it, and ends everything.
        if health.isStopping || failure.error != nil { try await gracefulShutdown() }
    }
}

struct ProcessorService: Service, CustomStringConvertible {
    var description: String { "processor" }
    let processor: Processor
    let failure: StoreFailureNotice

    func run() async throws {
        await withGracefulShutdownHandler {
            await processor.run()
        } onGracefulShutdown: {
            processor.requestStop()
        }
        if failure.error != nil { try await gracefulShutdown() }
    }
}

struct TimerService: Service, CustomStringConvertible {
    var description: String { "timers" }
    let timers: TimerSweeper
    let health: Health
    let failure: StoreFailureNotice

    func run() async throws {
        await withGracefulShutdownHandler {
            await timers.run()
        } onGracefulShutdown: {
            timers.requestStop()
        }
        // As the dispatcher, it is told to stop before all others.
        if health.isStopping || failure.error != nil { try await gracefulShutdown() }
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
