import Delivery
import JSON
import Logging
import Model
import NIOCore
import ServiceLifecycle
import Synchronization

/// Answers the control socket: one request a connection, one JSON object a line.
///
/// Webhooks matter more: a socket that cannot be had is told in the log and tried again, and stops nothing else.
struct ControlServer: Service, CustomStringConvertible {
    var description: String { "control socket" }

    private let path: String
    private let responder: ControlResponder
    private let surroundings: Surroundings
    private let tried: @Sendable () -> Void
    private let seats = ControlSeats()

    /// How long a client may take to say what it wants.
    private static let requestPause = Duration.seconds(10)
    /// How long to wait before trying again to have the socket.
    private static let openPause = Duration.seconds(5)
    /// How long a client that sends captures may send none and take no answer.
    private static let silence = Duration.seconds(120)

    /// - Parameter tried: called once, when the socket is open or cannot be opened.
    init(
        path: String, responder: ControlResponder, surroundings: Surroundings, tried: @escaping @Sendable () -> Void
    ) {
        self.path = path
        self.responder = responder
        self.surroundings = surroundings
        self.tried = tried
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var isTried = false
            while !Task.isCancelled {
                do {
                    try await listen {
                        if !isTried { tried() }
                        isTried = true
                    }
                } catch {
                    if !isTried { tell(error) }
                    if !isTried { tried() }
                    isTried = true
                }
                await surroundings.pause(Self.openPause)
            }
        }
    }

    private func tell(_ error: any Error) {
        let why = (error as? ControlSocket.OpenError)?.message ?? "\(error)"
        surroundings.logger.error(
            "control socket cannot be opened, `status`, `reload` and the like do not reach this process",
            metadata: [Telemetry.control: "\(path)", Telemetry.error: "\(why)"])
    }

    private func listen(opened: () -> Void) async throws {
        let socket = try ControlSocket(path)
        let listener = try await socket.listen()
        surroundings.logger.info("control socket open", metadata: [Telemetry.control: "\(path)"])
        opened()
        try await withThrowingDiscardingTaskGroup { group in
            try await listener.executeThenClose { connections in
                for try await connection in connections {
                    group.addTask { await serve(connection, socket) }
                }
            }
            group.cancelAll()
        }
    }

    // MARK: One connection

    private func serve(_ connection: ControlSocket.Connection, _ socket: ControlSocket) async {
        do {
            try await connection.executeThenClose { inbound, outbound in
                let wire = ControlWire(connection.channel, outbound, responder.redactor)
                if let refusal = try await refusal(of: connection.channel, socket) {
                    return try await wire.send(.failed(refusal))
                }
                guard seats.take() else { return try await wire.send(.failed("too many connections: try again")) }
                defer { seats.giveBack() }
                try await answer(connection.channel, inbound, wire)
            }
        } catch {
            // The client went away: there is nobody left to tell.
        }
    }

    private func refusal(of channel: any Channel, _ socket: ControlSocket) async throws -> String? {
        guard let peer = try await PeerCredentials.of(channel), !peer.mayControl(socketGroup: socket.group) else { return nil }
        surroundings.logger.warning("control socket refused a stranger", metadata: [Telemetry.user: "\(peer.user)"])
        return "only root, the user of the daemon and members of the socket's group may control it"
    }

    private func answer(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, _ wire: ControlWire
    ) async throws {
        let lines = ControlLines(inbound)
        let line = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await close(channel, after: Self.requestPause) }
            defer { group.cancelAll() }
            return try await lines.next(limit: ControlRequest.longestBytes)
        }
        let request: ControlRequest
        switch Self.request(in: line) {
        case .success(let read): request = read
        case .failure(let error): return try await wire.send(.failed(error.message))
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            if let patience = request.patience {
                group.addTask {
                    await surroundings.pause(patience)
                    guard !Task.isCancelled else { return }
                    // Who does not read is not told either.
                    if channel.isWritable {
                        try? await wire.put(.failed("it took longer than \(patience.components.seconds) s"))
                    }
                    channel.close(promise: nil)
                }
            }
            defer { group.cancelAll() }
            if case .importCaptures(let origin) = request {
                try await takeCaptures(from: lines, origin, channel, wire)
            } else {
                try await responder.answer(request, wire)
            }
        }
    }

    /// As long as the client has lines: it is closed only when none comes for a while.
    private func takeCaptures(
        from lines: ControlLines, _ origin: CaptureOrigin, _ channel: any Channel, _ wire: ControlWire
    ) async throws {
        let signs = SignsOfLife()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                var heard = -1
                while !Task.isCancelled, heard != signs.count {
                    heard = signs.count
                    await surroundings.pause(Self.silence)
                }
                guard !Task.isCancelled else { return }
                channel.close(promise: nil)
            }
            defer { group.cancelAll() }
            try await responder.takeCaptures(from: lines, origin, wire, heard: { signs.add() })
        }
    }

    private func close(_ channel: any Channel, after pause: Duration) async {
        await surroundings.pause(pause)
        guard !Task.isCancelled else { return }
        channel.close(promise: nil)
    }

    private static func request(in line: ControlLines.Line?) -> Result<ControlRequest, ControlRequestError> {
        Result { () throws(ControlRequestError) in
            guard let line else { throw ControlRequestError("nothing was asked") }
            guard case .bytes(let line) = line else {
                throw ControlRequestError("a request has \(ControlRequest.longestBytes) bytes at most")
            }
            guard let document = try? JSONDocument(line) else { throw ControlRequestError("a request is JSON on one line") }
            return try ControlRequest(document.root.value)
        }
    }
}

extension ControlRequest {
    /// How long the answer may take in all; nil for one without an end.
    fileprivate var patience: Duration? {
        switch self {
        case .tail, .importCaptures, .doctor: nil
        case .status, .deadLetters, .showDeadLetter, .retryDeadLetter, .discardDeadLetter, .blame: .seconds(30)
        case .reload: .seconds(120)
        case .prune, .observe, .ruleRuns: .seconds(600)
        case .captures: .seconds(3600)
        }
    }
}

/// The client's end, to write to.
struct ControlWire: Sendable {
    private let channel: any Channel
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let redactor: Redactor

    init(_ channel: any Channel, _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ redactor: Redactor) {
        self.channel = channel
        self.outbound = outbound
        self.redactor = redactor
    }

    /// Waits for a client that reads slowly, and behind the last reply until the system has all: what is still in the channel
    /// when it is closed would be lost.
    /// - Throws: when it is gone.
    func send(_ reply: ControlReply) async throws {
        try await put(reply)
        guard reply.isLast else { return }
        // A client that does not read must not hold up a stop: the future alone does not hear of it.
        try await withTaskCancellationHandler {
            try await channel.writeAndFlush(ByteBuffer()).get()
        } onCancel: {
            channel.close(promise: nil)
        }
    }

    /// Waits only while too much is on its way.
    /// - Throws: when it is gone.
    func put(_ reply: ControlReply) async throws {
        var bytes = redactor.redacted(JSONWriter.bytes(reply.value))
        bytes.append(UInt8(ascii: "\n"))
        try await outbound.write(ByteBuffer(bytes: bytes))
    }
}

/// How often a client was heard.
private final class SignsOfLife: Sendable {
    private let counter = Atomic(0)

    var count: Int { counter.load(ordering: .relaxed) }

    func add() { counter.add(1, ordering: .relaxed) }
}

/// How many connections are served at the same time.
private final class ControlSeats: Sendable {
    private static let limit = 16
    private let taken = Mutex(0)

    func take() -> Bool {
        taken.withLock { taken in
            guard taken < Self.limit else { return false }
            taken += 1
            return true
        }
    }

    func giveBack() { taken.withLock { $0 -= 1 } }
}
