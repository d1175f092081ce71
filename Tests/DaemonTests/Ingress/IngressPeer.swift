import HTTPTypes
import Model
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Synchronization

@testable import Daemon

/// Answers 200 with the body that it got, after `hold` lets it.
struct EchoResponder: IngressResponder {
    var limit = 100_000
    var refusal: Refusal?
    let failures = Failures()
    let hold = Hold()

    final class Failures: Sendable {
        private let list = Mutex<[BodyFailure]>([])
        var all: [BodyFailure] { list.withLock { $0 } }
        func add(_ failure: BodyFailure) { list.withLock { $0.append(failure) } }
    }

    /// Closed, answers wait for it to be opened.
    final class Hold: Sendable {
        private struct State {
            var isClosed = false
            var waiting: [CheckedContinuation<Void, Never>] = []
        }
        private let state = Mutex(State())

        func close() { state.withLock { $0.isClosed = true } }

        func open() {
            let waiting = state.withLock { state in
                state.isClosed = false
                defer { state.waiting = [] }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func pass() async {
            await withCheckedContinuation { continuation in
                let isOpen = state.withLock { state in
                    if state.isClosed { state.waiting.append(continuation) }
                    return !state.isClosed
                }
                if isOpen { continuation.resume() }
            }
        }
    }

    func admission(of head: HTTPRequestHead) -> Admission {
        if let refusal { return .refused(refusal) }
        return .admitted(bodyLimit: limit) { body in
            await hold.pass()
            return Answer(status: .ok, headers: [.contentType: "text/plain"], body: body)
        }
    }

    func note(_ failure: BodyFailure, of head: HTTPRequestHead) { failures.add(failure) }
}

/// The other end of a connection, whose time stands still until it is moved.
struct IngressPeer {
    let channel: NIOAsyncTestingChannel
    let events: Events

    final class Events: Sendable {
        private let list = Mutex<[ConnectionEvent]>([])
        var all: [ConnectionEvent] { list.withLock { $0 } }
        var cuts: [ConnectionEvent.Cut] {
            all.compactMap { if case .cut(let cut) = $0 { cut } else { nil } }
        }
        func add(_ event: ConnectionEvent) { list.withLock { $0.append(event) } }
    }

    /// - Parameter holdsWrites: what is written never gets to the peer.
    init(
        _ responder: any IngressResponder = EchoResponder(), load: IngressLoad = IngressLoad(depth: InboxDepth(), inboxLimit: 10),
        table: ConnectionTable = ConnectionTable(limit: 100), holdsWrites: Bool = false
    ) async throws {
        let events = Events()
        let service = HTTPService(
            responder: responder, load: load, table: table, count: { events.add($0) },
            clock: { Instant(seconds: 784_111_777) }, random: { 0.5 })
        let channel = NIOAsyncTestingChannel()
        table.noteAccepted(channel)
        try await channel.testingEventLoop.executeInContext {
            if holdsWrites { try channel.pipeline.syncOperations.addHandler(HeldWrites()) }
            try HTTPListener.prepare(channel, service)
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        self.channel = channel
        self.events = events
    }

    var isOpen: Bool { channel.isActive }

    func send(_ text: String) async throws { try await send(bytes: Array(text.utf8)) }

    func send(bytes: [UInt8]) async throws {
        // A closed connection takes nothing, as a real one.
        guard isOpen else { return }
        try await channel.writeInbound(ByteBuffer(bytes: bytes))
    }

    func wait(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }

    /// How often the connection asks for bytes, from now on.
    func countedReads() async throws -> CountedReads {
        let reads = CountedReads()
        try await channel.testingEventLoop.executeInContext {
            try channel.pipeline.syncOperations.addHandler(reads.handler(), position: .first)
        }
        return reads
    }

    /// Asks for bytes as a channel does after those that came.
    func read() async throws {
        try await channel.testingEventLoop.executeInContext { channel.pipeline.syncOperations.read() }
    }

    /// All that came and was not looked at yet.
    func received() async throws -> String {
        var text = ""
        while let part = try await channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: part) }
        return text
    }

    /// Waits for an answer of a task, to its end.
    func answer() async throws -> String {
        var text = ""
        while !text.contains("\r\n\r\n") { text += String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self)) }
        await channel.testingEventLoop.run()
        return text + (try await received())
    }

    func post(_ body: String, _ headers: String = "") async throws {
        try await send("POST /x HTTP/1.1\r\nHost: a\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Of answers that came one behind the other.
    static func statuses(_ text: String) -> [Int] {
        text.split(separator: "HTTP/1.1 ").compactMap { Int($0.prefix(3)) }
    }
}

/// Counts how often a channel is asked to read.
final class CountedReads: Sendable {
    private let total = Atomic(0)
    var count: Int { total.load(ordering: .relaxed) }

    func handler() -> any ChannelHandler { Handler(self) }

    private final class Handler: ChannelOutboundHandler {
        typealias OutboundIn = Any

        private let reads: CountedReads

        init(_ reads: CountedReads) {
            self.reads = reads
        }

        func read(context: ChannelHandlerContext) {
            reads.total.add(1, ordering: .relaxed)
            context.read()
        }
    }
}

/// Takes what is written and never tells that it was.
private final class HeldWrites: ChannelOutboundHandler {
    typealias OutboundIn = Any

    private var promises: [EventLoopPromise<Void>] = []

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if let promise { promises.append(promise) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        for promise in promises { promise.fail(ChannelError.ioOnClosedChannel) }
    }
}
