import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Stands before a listening socket: counts who is accepted, and accepts nobody for a moment when descriptors have run out or
/// more connections are open than even those that are closing explain. Who waits in the kernel's queue costs no descriptor.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias OutboundIn = Never
    typealias OutboundOut = Never

    /// After `accept` failed. Without it the socket would be found ready at once, for ever.
    static let pauseWithoutDescriptors = TimeAmount.milliseconds(100)
    /// How long connections that were told to go take to be gone.
    private static let pauseForRoom = TimeAmount.milliseconds(5)

    private let table: ConnectionTable
    private let count: @Sendable (ConnectionEvent) -> Void
    private var isWaiting = false

    init(table: ConnectionTable, count: @escaping @Sendable (ConnectionEvent) -> Void) {
        self.table = table
        self.count = count
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        table.noteAccepted(unwrapInboundIn(data))
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        guard table.isOverfull else { return context.read() }
        guard !isWaiting else { return }
        isWaiting = true
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pauseForRoom) {
            self.isWaiting = false
            if context.channel.isActive { self.read(context: context) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, Self.isShortage(error.errnoCode) else { return context.fireErrorCaught(error) }
        count(.acceptPaused)
        // Holding back `read` is not enough: after an error NIO goes on asking the socket, which is ready all the time.
        setReading(false, context)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pauseWithoutDescriptors) {
            if context.channel.isActive { self.setReading(true, context) }
        }
    }

    private func setReading(_ isOn: Bool, _ context: ChannelHandlerContext) {
        // A channel that is being closed refuses, and needs it no more.
        try? context.channel.syncOptions?.setOption(.autoRead, value: isOn)
    }

    private static func isShortage(_ code: CInt) -> Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) }
}
