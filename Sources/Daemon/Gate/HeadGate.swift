import NIOCore

/// Stands before the HTTP parser and lets through only requests that everybody reads alike: see `RequestFraming`.
///
/// A head is held back until all of it is checked, so that the parser never sees one that is refused. Bodies pass as they come.
final class HeadGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private let refused: @Sendable (RequestRefusal) -> Void
    private var framing = RequestFraming()
    /// The beginning of a head.
    private var held = ByteBuffer()

    /// What is thrown into the pipeline in the place of the request. The connection answers it, behind the answers to what was
    /// let through, and closes.
    struct Refused: Error { let refusal: RequestRefusal }

    /// - Parameter refused: called once for a connection at most.
    init(refused: @escaping @Sendable (RequestRefusal) -> Void) { self.refused = refused }

    /// Bytes of a head that came and of which the end did not.
    var heldBytes: Int { held.readableBytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind the last request is not for us any more.
        guard !framing.isOver else { return }
        var buffer = Self.unwrapInboundIn(data)
        let progress = buffer.withUnsafeReadableBytes { framing.take($0) }
        pass(progress.passed, of: &buffer, context)
        if let refusal = progress.refusal {
            held = ByteBuffer()
            refused(refusal)
            context.fireErrorCaught(Refused(refusal: refusal))
        } else if framing.isOver {
            held = ByteBuffer()
        } else if buffer.readableBytes > 0 {
            held.writeBuffer(&buffer)
        }
    }

    private func pass(_ count: Int, of buffer: inout ByteBuffer, _ context: ChannelHandlerContext) {
        guard count > 0 else { return }
        if held.readableBytes > 0 {
            context.fireChannelRead(Self.wrapInboundOut(held))
            held = ByteBuffer()
        }
        guard let passed = buffer.readSlice(length: count) else { return }
        context.fireChannelRead(Self.wrapInboundOut(passed))
    }
}
