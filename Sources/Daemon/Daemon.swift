import Delivery
import Logging
import Model
import Rules
import ServiceLifecycle
import Storage
import StorageSQLite
import Synchronization
import UnixSignals
import VendorKit

/// The running daemon: everything put together, started in order, and stopped in order.
///
/// Start: store, what a crash left, rules, listeners. Stop: nothing more is sent or accepted and no timer comes up, requests are
/// finished, the batch being decided and the calls under way are recorded, the store is closed.
package struct Daemon: Sendable {
    private let settings: Settings
    private let accounts: AccountDirectory
    private let surroundings: Surroundings
    private let options: Options

    package struct Options: Sendable {
        /// Of the program; also in the User-Agent of calls.
        package var version: String
        /// SIGTERM and SIGINT stop, SIGHUP reloads the rules. Off, a parent task's graceful shutdown or cancellation stops.
        package var handlesSignals: Bool
        /// `$NOTIFY_SOCKET`.
        package var notifySocket: String?
        /// Used in place of the configured addresses.
        package var sockets: PassedSockets
        /// The time after which systemd ends a daemon of which it heard nothing.
        package var watchdog: Duration?
        /// Reads the configuration again, for a reload; nil where it cannot change.
        package var configuration: (@Sendable () -> LoadedSettings)?

        package init(
            version: String, handlesSignals: Bool = true, notifySocket: String? = nil, sockets: PassedSockets = .none,
            watchdog: Duration? = nil, configuration: (@Sendable () -> LoadedSettings)? = nil
        ) {
            self.version = version
            self.handlesSignals = handlesSignals
            self.notifySocket = notifySocket
            self.sockets = sockets
            self.watchdog = watchdog
            self.configuration = configuration
        }
    }

    /// Where it listens, ports filled in.
    package struct Addresses: Sendable, Hashable {
        package var listen: ListenAddress
        package var admin: ListenAddress

        package init(listen: ListenAddress, admin: ListenAddress) {
            self.listen = listen
            self.admin = admin
        }
    }

    /// How long requests, the batch and calls under way may take to end, all together.
    private static let patience = Duration.seconds(15)
    /// How long calls to vendors may take of it.
    private static let transportPatience = Duration.seconds(10)

    package init(settings: Settings, accounts: AccountDirectory, surroundings: Surroundings, options: Options) {
        self.settings = settings
        self.accounts = accounts
        self.surroundings = surroundings
        self.options = options
    }

    /// Runs until it is stopped; returns after everything is finished and closed.
    /// - Parameter started: called once both listeners listen and the control socket was opened, if it can be.
    /// - Throws: `StartError`, or what made a part of it fail later.
    package func run(started: @escaping @Sendable (Addresses) -> Void = { _ in }) async throws {
        if options.handlesSignals { EarlySignals.outlive() }
        let notices = ServiceNotices(socketPath: options.notifySocket)
        notices.beginExtending()
        defer { notices.endExtending() }
        let failure = StoreFailureNotice()
        let (store, lock, journal) = try openStore(failure)
        defer { withExtendedLifetime(lock) {} }
        var isStopped = false
        defer { journal?.end(forgetting: isStopped) }
        let transport: CurlTransport
        do { transport = try CurlTransport(version: options.version) } catch {
            try await store.close()
            throw StartError.transportUnavailable(error.message)
        }
        let result: Result<Void, any Error>
        do {
            try await StoreWatch.unlessFailed(failure, at: settings.store, surroundings) {
                try await run(on: store, journal, transport: transport, notices: notices, failure: failure, started: started)
            }
            result = .success(())
        } catch { result = .failure(error) }
        await transport.close(within: failure.error == nil ? Self.transportPatience : .zero)
        do { try await store.close() } catch {
            if failure.error == nil {
                surroundings.logger.error("store could not be closed", metadata: [Telemetry.error: "\(error)"])
            }
        }
        if let error = failure.error { throw StoreFailure(location: settings.store, error: error) }
        if case .success = result { isStopped = true }
        if isStopped { surroundings.logger.info("stopped") }
        try result.get()
    }

    private func openStore(_ failure: StoreFailureNotice) throws(StartError) -> (any Store, StoreLock, RunJournal?) {
        switch settings.store {
        case .sqlite(let path):
            guard let lock = StoreLock(besides: path) else {
                throw .storeUnusable(settings.store, .unavailable("another process has it open"))
            }
            let journal = RunJournal(besides: path)
            journal?.watchForFaults()
            let space = SpaceLimits(free: settings.limits.freeSpaceBytes, file: settings.limits.storeBytes)
            do {
                return (try SQLiteStore.open(path: path, space: space, failed: failure.note), lock, journal)
            } catch {
                journal?.end(forgetting: false)
                throw .storeUnusable(settings.store, error)
            }
        }
    }

    private func run(
        on store: any Store, _ journal: RunJournal?, transport: CurlTransport, notices: ServiceNotices,
        failure: StoreFailureNotice,
        started: @escaping @Sendable (Addresses) -> Void
    ) async throws {
        let parts = DaemonParts(
            settings: settings, accounts: accounts, store: store, transport: transport, surroundings: surroundings,
            version: options.version, notices: notices, watchdogTimeout: notices.isHeard ? options.watchdog : nil,
            configuration: options.configuration, journal: journal)
        var review: CrashReview?
        do {
            if let journal {
                review = try await CrashReview.conducted(journal, store: store, surroundings: surroundings)
            }
            let interrupted = try await store.recover()
            parts.depth.correct(to: try await store.undecidedCount())
            if interrupted > 0 {
                surroundings.logger.warning(
                    "effects were being sent when the last run ended", metadata: [Telemetry.count: "\(interrupted)"])
            }
        } catch { throw StartError.storeUnusable(settings.store, error) }
        tellLibraries()
        for account in accounts.accountsWithoutSecret {
            surroundings.logger.warning(
                "account has no webhook secret, its webhooks are answered 503", metadata: [Telemetry.account: "\(account)"])
        }
        await prepareToDecide(parts, after: review)
        let known = KnownAddresses()
        let listening = WakeSignal()
        let start = StartLine { addresses in
            known.note(addresses)
            tellStarted(addresses, parts)
            started(addresses)
            listening.raise()
        }
        do { try await group(parts, start, transport, known, listening, failure).run() } catch {
            // Patience ran out: what was cut short is on disk and goes on with the next start.
            guard parts.health.isStopping, !(error is StartError) else { throw error }
            surroundings.logger.warning("stopped before everything was finished", metadata: [Telemetry.error: "\(error)"])
        }
    }

    /// Which versions this process has, and what is known to be wrong with one of them.
    private func tellLibraries() {
        surroundings.logger.info("libraries", metadata: [Telemetry.libraries: "\(MachineChecks.libraries)"])
        let sqlite = StoreChecks.sqlite(SQLiteLibrary.version)
        guard sqlite.verdict != .ok else { return }
        surroundings.logger.warning(
            "this SQLite has a known fault, which Bellhop keeps out of the way of",
            metadata: [Telemetry.version: "\(SQLiteLibrary.version)", Telemetry.help: "\(sqlite.help ?? "")"])
    }

    /// Loads the rules, and tries what runs before this one died over while nothing else runs yet. After a crash loop not even the
    /// rules are loaded: they may be what it dies of.
    private func prepareToDecide(_ parts: DaemonParts, after review: CrashReview?) async {
        if review == nil { surroundings.logger.warning("crashes are not known: the file beside the store cannot be had") }
        if review?.hasCrashed == true { parts.metrics.noteCrash() }
        guard review?.isLoop != true else { return parts.box.note(.crashes) }
        PlantedTrap.spring(.load)
        await parts.reloader.load()
        do { try await parts.processor.decideFirst(review?.trials ?? []) } catch {
            surroundings.logger.error("store failed, events wait", metadata: [Telemetry.error: "\(error)"])
        }
    }

    /// Services are stopped from the last to the first, each after the one behind it has ended.
    private func group(
        _ parts: DaemonParts, _ start: StartLine, _ transport: CurlTransport, _ known: KnownAddresses,
        _ listening: WakeSignal, _ failure: StoreFailureNotice
    ) -> ServiceGroup {
        let shares = descriptorShares()
        var services: [any Service] = [
            DiskWatchService(watch: parts.disk),
            parts.adminListener(options.sockets.admin, connections: shares.admin, bound: start.admin),
            DispatcherService(dispatcher: parts.dispatcher, health: parts.health, failure: failure),
            ProcessorService(processor: parts.processor, failure: failure),
            TimerService(timers: parts.timers, health: parts.health, failure: failure),
            JanitorService(janitor: parts.janitor),
            parts.webhookListener(options.sockets.webhooks, connections: shares.connections, bound: start.listen),
        ]
        if let watcher = parts.watcher { services.append(RuleWatchService(watcher: watcher)) }
        services.append(
            parts.controlServer(addresses: known, version: options.version, tried: start.control))
        if options.handlesSignals {
            services.append(
                ReloadService(reload: { await parts.reload() }))
        }
        services.append(WatchdogService(watchdog: parts.watchdog))
        services.append(
            NoticeService(
                notices: parts.notices, line: parts.statusLine, probe: parts.probe, listening: { await listening.wait() },
                surroundings: surroundings))
        services.append(
            StopNotice { [logger = surroundings.logger] in
                logger.info("stopping")
                parts.notices.stopping()
                parts.health.noteStopping()
                parts.dispatcher.requestStop()
                parts.timers.requestStop()
                transport.beginClosing(within: Self.transportPatience)
            })
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: options.handlesSignals ? [.sigterm, .sigint] : [],
            logger: surroundings.logger.forLibraries)
        configuration.maximumGracefulShutdownDuration = Self.patience
        return ServiceGroup(configuration: configuration)
    }

    /// Called when the store is open, so that its descriptors are counted.
    private func descriptorShares() -> DescriptorShares {
        let (shares, total) = DescriptorShares.ofThisProcess(wanted: settings.limits.connections)
        if shares.connections < settings.limits.connections {
            surroundings.logger.warning(
                "fewer connections than configured, for want of descriptors: raise LimitNOFILE or `ulimit -n`",
                metadata: [
                    Telemetry.connections: "\(shares.connections)", Telemetry.wanted: "\(settings.limits.connections)",
                    Telemetry.descriptors: "\(total)",
                ])
        }
        return shares
    }

    private func tellStarted(_ addresses: Addresses, _ parts: DaemonParts) {
        surroundings.logger.info(
            "started",
            metadata: [
                Telemetry.listen: "\(addresses.listen.text)", Telemetry.admin: "\(addresses.admin.text)",
                Telemetry.store: "\(settings.store.text)", Telemetry.version: "\(options.version)",
                Telemetry.revision: "\(parts.box.current?.rules.revision ?? "none")",
            ])
        for (name, socket) in [("webhooks", options.sockets.webhooks), ("admin", options.sockets.admin)] where socket != nil {
            surroundings.logger.info(
                "a socket that was passed is used, not the configured address", metadata: [Telemetry.socket: "\(name)"])
        }
    }
}

/// Waits until both listeners listen, and until the control socket is there or cannot be had.
private final class StartLine: Sendable {
    private struct State {
        var listen: ListenAddress?
        var admin: ListenAddress?
        var isControlTried = false
    }

    private let state = Mutex(State())
    private let complete: @Sendable (Daemon.Addresses) -> Void

    init(_ complete: @escaping @Sendable (Daemon.Addresses) -> Void) { self.complete = complete }

    @Sendable func listen(_ address: ListenAddress) { note { $0.listen = address } }

    @Sendable func admin(_ address: ListenAddress) { note { $0.admin = address } }

    @Sendable func control() { note { $0.isControlTried = true } }

    private func note(_ change: (inout State) -> Void) {
        let addresses = state.withLock { state -> Daemon.Addresses? in
            change(&state)
            guard let listen = state.listen, let admin = state.admin, state.isControlTried else { return nil }
            return Daemon.Addresses(listen: listen, admin: admin)
        }
        if let addresses { complete(addresses) }
    }
}

extension Logger {
    /// For the service group: its descriptions of what it runs are not ours to redact, so that only what goes wrong is heard of it.
    fileprivate var forLibraries: Logger {
        var logger = self
        logger.logLevel = max(logLevel, .warning)
        return logger
    }
}
