import HummingbirdCore
import Logging
import NIOCore

/// HTTP/1.1 as Hummingbird speaks it, behind the gate.
struct GatedHTTP1: ServerChildChannel {
    private let inner: HTTP1Channel

    init(_ inner: HTTP1Channel) { self.inner = inner }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        inner.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let answers = try pipeline.handler(type: RefusalAnswer.self)
            try pipeline.addHandler(HeadGate(answers: answers), position: .first)
            return value
        }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await inner.handle(value: value, logger: logger) }
}

extension HTTPServerBuilder {
    /// Counts and logs nothing itself.
    /// - Parameter refused: called once for each connection that is refused.
    static func gated(
        configuration: HTTP1Channel.Configuration, refused: @escaping @Sendable (RequestRefusal) -> Void
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            var configuration = configuration
            let further = configuration.additionalChannelHandlers
            configuration.additionalChannelHandlers = { [RefusalAnswer(refused: refused)] + further() }
            return GatedHTTP1(HTTP1Channel(responder: responder, configuration: configuration))
        }
    }
}
