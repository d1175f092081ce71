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

        package init(version: String, handlesSignals: Bool = true, notifySocket: String? = nil) {
            self.version = version
            self.handlesSignals = handlesSignals
            self.notifySocket = notifySocket
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
        let failure = StoreFailureNotice()
        let (store, lock) = try openStore(failure)
        defer { withExtendedLifetime(lock) {} }
        let transport: CurlTransport
        do { transport = try CurlTransport(version: options.version) } catch {
            try await store.close()
            throw StartError.transportUnavailable(error.message)
        }
        let result: Result<Void, any Error>
        do {
            try await StoreWatch.unlessFailed(failure, at: settings.store, surroundings) {
                try await run(on: store, transport: transport, failure: failure, started: started)
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
        if case .success = result { surroundings.logger.info("stopped") }
        try result.get()
    }

    private func openStore(_ failure: StoreFailureNotice) throws(StartError) -> (any Store, StoreLock) {
        switch settings.store {
        case .sqlite(let path):
            guard let lock = StoreLock(besides: path) else {
                throw .storeUnusable(settings.store, .unavailable("another process has it open"))
            }
            let space = SpaceLimits(free: settings.limits.freeSpaceBytes, file: settings.limits.storeBytes)
            do {
                return (try SQLiteStore.open(path: path, space: space, failed: failure.note), lock)
            } catch { throw .storeUnusable(settings.store, error) }
        }
    }

    private func run(
        on store: any Store, transport: CurlTransport, failure: StoreFailureNotice,
        started: @escaping @Sendable (Addresses) -> Void
    ) async throws {
        let parts = DaemonParts(
            settings: settings, accounts: accounts, store: store, transport: transport, surroundings: surroundings)
        do {
            let interrupted = try await store.recover()
            let counts = try await store.counts()
            parts.depth.correct(to: counts.undecided)
            if interrupted > 0 {
                surroundings.logger.warning(
                    "effects were being sent when the last run ended", metadata: [Telemetry.count: "\(interrupted)"])
            }
        } catch { throw StartError.storeUnusable(settings.store, error) }
        for account in accounts.accountsWithoutSecret {
            surroundings.logger.warning(
                "account has no webhook secret, its webhooks are answered 503", metadata: [Telemetry.account: "\(account)"])
        }
        await parts.reloader.load()
        let known = KnownAddresses()
        let start = StartLine { addresses in
            known.note(addresses)
            tellStarted(addresses, parts)
            started(addresses)
        }
        do { try await group(parts, start, transport, known, failure).run() } catch {
            // Patience ran out: what was cut short is on disk and goes on with the next start.
            guard parts.health.isStopping, !(error is StartError) else { throw error }
            surroundings.logger.warning("stopped before everything was finished", metadata: [Telemetry.error: "\(error)"])
        }
    }

    /// Services are stopped from the last to the first, each after the one behind it has ended.
    private func group(
        _ parts: DaemonParts, _ start: StartLine, _ transport: CurlTransport, _ known: KnownAddresses,
        _ failure: StoreFailureNotice
    ) -> ServiceGroup {
        var services: [any Service] = [
            DiskWatchService(watch: parts.disk),
            HTTPListener(
                address: settings.admin, responder: parts.adminServer, logger: surroundings.logger, bound: start.admin),
            DispatcherService(dispatcher: parts.dispatcher, health: parts.health, failure: failure),
            ProcessorService(processor: parts.processor, failure: failure),
            TimerService(timers: parts.timers, health: parts.health, failure: failure),
            JanitorService(janitor: parts.janitor),
            HTTPListener(
                address: settings.listen, responder: parts.webhookServer, logger: surroundings.logger, bound: start.listen),
        ]
        services.append(
            parts.controlServer(addresses: known, version: options.version, tried: start.control))
        if options.handlesSignals {
            services.append(
                ReloadService(reload: { [options] in
                    await parts.reload()
                    ServiceNotification.reloaded.send(to: options.notifySocket)
                }))
        }
        services.append(
            StopNotice { [options, logger = surroundings.logger] in
                logger.info("stopping")
                ServiceNotification.stopping.send(to: options.notifySocket)
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

    private func tellStarted(_ addresses: Addresses, _ parts: DaemonParts) {
        surroundings.logger.info(
            "started",
            metadata: [
                Telemetry.listen: "\(addresses.listen.text)", Telemetry.admin: "\(addresses.admin.text)",
                Telemetry.store: "\(settings.store.text)", Telemetry.version: "\(options.version)",
                Telemetry.revision: "\(parts.box.current?.rules.revision ?? "none")",
            ])
        ServiceNotification.ready.send(to: options.notifySocket)
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
