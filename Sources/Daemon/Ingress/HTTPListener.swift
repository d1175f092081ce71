import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// One HTTP listener as a service: it listens when it runs, and on a graceful shutdown takes nothing more and finishes the
/// requests that it has.
struct HTTPListener: Service, CustomStringConvertible {
    let address: ListenAddress
    /// A listening socket of whoever started the process, to be used instead of the address.
    var passed: PassedSocket?
    let service: HTTPService
    /// Called once with the address that is listened on, its port filled in.
    let bound: @Sendable (ListenAddress) -> Void

    var description: String { "listener \(address.text)" }

    /// How many may wait in the kernel until they are accepted; it has a limit of its own, `net.core.somaxconn`.
    private static let backlog: CInt = 4096

    /// - Throws: `StartError.cannotListen` when the address cannot be had.
    func run() async throws {
        let server: any Channel
        do { server = try await listen() } catch { throw StartError.cannotListen(address, why: "\(error)") }
        bound(Self.address(of: server, else: address))
        await withTaskCancellationOrGracefulShutdownHandler {
            // Ends also when the socket fails, which nobody asked for: then the daemon stops.
            try? await server.closeFuture.get()
        } onCancelOrGracefulShutdown: {
            server.close(promise: nil)
        }
        service.table.stop()
        await withTaskCancellationHandler {
            await service.table.emptied()
        } onCancel: {
            service.table.closeAll()
        }
    }

    private func listen() async throws -> any Channel {
        Self.makeTypes
        let service = service
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            // 64 KiB at most: so much is kept of who does not wait for his answer.
            .childChannelOption(.maxMessagesPerRead, value: 1)
            // Who does not take his answers costs the kernel so much, and not megabytes.
            .childChannelOption(.socketOption(.so_sndbuf), value: 64 << 10)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(table: service.table, count: service.count))
                }
            }
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try Self.prepare(channel, service) }
            }
        if let passed { return try await bootstrap.withBoundSocket(passed.descriptor).get() }
        return try await bootstrap.bind(host: address.host, port: address.port).get()
    }

    /// Makes the types of a connection's decoder, once in a process and before there are connections.
    ///
    /// Two event loops that are the first to ask for them at the same moment would each make them, and the runtime of Swift
    /// 6.3 is not always up to that: now and then it takes an argument of a generic type for nothing, and the process dies
    /// in `swift_checkMetadataState`. Three threads that ask at once come to it in one start of 300; none did in 12,000
    /// after one of them had asked before.
    private static let makeTypes: Void = withExtendedLifetime(decoder(.init())) {}

    private static func decoder(_ limits: NIOHTTPDecoderLimitConfiguration) -> ByteToMessageHandler<HTTPRequestDecoder> {
        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: limits))
    }

    /// What stands between a connection's bytes and its answers, in the order in which bytes pass it.
    static func prepare(_ channel: any Channel, _ service: HTTPService) throws {
        let heads = HeadGate(refused: service.refused)
        let connection = HTTPConnection(service, heads: heads)
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = service.limits.headBytes
        limits.maxHeaderListSize = service.limits.headBytes
        limits.maxHeaderFieldCount = service.limits.fields
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(ByteGate(connection))
        try pipeline.addHandler(heads)
        try pipeline.addHandler(decoder(limits))
        try pipeline.addHandler(connection)
    }

    private static func address(of server: any Channel, else configured: ListenAddress) -> ListenAddress {
        guard let local = server.localAddress, let port = local.port else { return configured }
        return ListenAddress(host: local.ipAddress ?? configured.host, port: port)
    }
}
