import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// One HTTP listener as a service: it listens when it runs, and on a graceful shutdown takes nothing more and finishes the
/// requests that it has.
struct HTTPListener<Responder: HTTPResponder>: Service, CustomStringConvertible where Responder.Context == BasicRequestContext {
    let address: ListenAddress
    let responder: Responder
    let logger: Logger
    /// Called once with the address that is listened on, its port filled in.
    let bound: @Sendable (ListenAddress) -> Void

    var description: String { "listener \(address.text)" }

    /// A head is 16 KiB and 64 fields at most; a connection that says nothing for 15 s is closed.
    private static var connection: HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            idleTimeout: .seconds(15),
            httpDecoderConfiguration: .init(maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 64))
    }

    private static var connectionLimit: Int { 2048 }

    /// - Throws: `StartError.cannotListen` when the address cannot be had.
    func run() async throws {
        let isBound = Flag()
        let refusals = RefusalLog(logger, address)
        let application = Application(
            responder: responder, server: .gated(configuration: Self.connection, refused: refusals.note),
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionLimit)),
            onServerRunning: { [address, bound] channel in
                isBound.raise()
                bound(ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
            },
            logger: logger.forLibraries)
        do { try await application.run() } catch {
            guard !isBound.isRaised, !(error is CancellationError) else { throw error }
            throw StartError.cannotListen(address, why: "\(error)")
        }
    }
}

extension Logger {
    /// For the server and the service group: their descriptions of what they run are not ours to redact, so that only what
    /// goes wrong is heard of them.
    var forLibraries: Logger {
        var logger = self
        logger.logLevel = max(logLevel, .warning)
        return logger
    }
}

/// Raised once.
private final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() { value.store(true, ordering: .releasing) }
}
