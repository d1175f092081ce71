import NIOCore

/// Stands before the parser: tells the connection what comes, and keeps from the parser what nobody wants any more.
final class ByteGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let connection: HTTPConnection

    init(_ connection: HTTPConnection) {
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if connection.takes(unwrapInboundIn(data)) { context.fireChannelRead(data) }
        connection.parsed()
    }
}
