import HTTPTypes
import NIOCore
import NIOHTTP1

/// One connection: takes requests in one after the other, has them answered, and waits for its peer no longer than it must.
///
/// It lives on its event loop alone. A request costs a task only when all of it is there, so that who sends slowly costs
/// nothing but a descriptor and what he has sent. While one is answered, what comes is kept and waits, one read of it.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// For a head.
        case head
        case body
        case answering
        /// An answer is on its way.
        case writing(Next)
        /// Answered and closed on our side; what still comes is thrown away.
        case farewell
        case closed
    }

    /// After an answer.
    private enum Next {
        case request
        case close
        /// Close when the peer has: what it still sends would destroy the answer.
        case farewell
    }

    /// A request of which the head is there.
    private struct Incoming {
        var head: HTTPRequestHead
        /// Bytes that the body may have.
        var limit: Int
        var isKept: Bool
        var wantsContinue: Bool
        /// Called when all of it has come.
        var reply: Reply
        var body = ByteBuffer()
    }

    private enum Reply {
        case answer(@Sendable (ByteBuffer) async -> Answer)
        /// Known with the head.
        case refusal(Refusal)

        var refusal: Refusal? { if case .refusal(let refusal) = self { refusal } else { nil } }
    }

    /// Bytes of a body that nobody wants, at most.
    private static let thrownAway = 64 << 10
    /// A body with more bytes is read beside the event loops, whose other connections would wait for it.
    private static let largestOnLoop = 256 << 10

    private let service: HTTPService
    /// Holds a head back until it is whole.
    private let heads: HeadGate
    private var context: ChannelHandlerContext?
    /// In the table; nil when there was no room.
    private var id: Int?
    private var phase = Phase.head
    private var wait: PeerWait?
    /// Whether the table knows of it, and whether it stands in the table's line.
    private var isWaitNew = false
    private var isListed = false
    private var isEntered = false
    private var isCounted = false
    private var timer: (at: NIODeadline, scheduled: Scheduled<Void>)?
    private var incoming: Incoming?
    /// Requests of which the head came.
    private var requests = 0
    /// Read since the last request was whole.
    private var earlyBytes = 0
    /// What was read and must wait for an answer to go out.
    private var pending = CircularBuffer<HTTPServerRequestPart>()
    private var pendingRefusal: Refusal?
    private var isReadHeld = false
    private var isInputClosed = false
    private var stopsAt: NIODeadline?
    private var discarded = 0

    /// - Parameter heads: stands before the parser.
    init(_ service: HTTPService, heads: HeadGate) {
        self.service = service
        self.heads = heads
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { enter(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        enter(context)
        context.fireChannelActive()
    }

    private func enter(_ context: ChannelHandlerContext) {
        guard !isEntered else { return }
        isEntered = true
        service.count(.opened)
        id = service.table.enter(context.channel)
        wait(.firstHead)
        if id == nil {
            service.count(.cut(.refused))
            refuse(service.overloaded, .farewell)
        }
        settle()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .body = phase { noteIncomplete() }
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    // MARK: What comes

    /// Bytes are about to be parsed. False: nobody wants them.
    func takes(_ bytes: ByteBuffer) -> Bool {
        switch phase {
        case .farewell, .closed:
            discarded += bytes.readableBytes
            // Who sends on and on after his answer has it by now.
            if discarded > 4 << 20 { close() }
            return false
        case .answering, .writing: earlyBytes += bytes.readableBytes
        case .head, .body: break
        }
        return true
    }

    /// What was read is parsed.
    func parsed() {
        if case .head = phase, wait?.kind == .idle, heads.heldBytes > 0 { wait(.head) }
        settle()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch phase {
        case .head, .body: take(part)
        case .answering, .writing: pending.append(part)
        case .farewell, .closed: break
        }
    }

    func read(context: ChannelHandlerContext) {
        switch phase {
        case .head, .body, .farewell: context.read()
        // To tell the kernel that nobody reads, and then that somebody does, would cost two calls a request. Of who does not
        // wait for his answer one read is kept, and no more.
        case .answering, .writing: if earlyBytes == 0, pending.isEmpty { context.read() } else { isReadHeld = true }
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        defer { settle() }
        if case HTTPParserError.invalidEOFState? = error as? HTTPParserError { return inputClosed() }
        guard let refusal = Self.refusal(error) else { return close() }
        switch phase {
        case .head: refuse(refusal, .farewell)
        case .body: refuse(refusal, .farewell, to: incoming?.head, noting: .incomplete)
        case .answering, .writing: pendingRefusal = pendingRefusal ?? refusal
        case .farewell, .closed: break
        }
    }

    /// What the gate does not let through, and what the parser does not take.
    private static func refusal(_ error: any Error) -> Refusal? {
        if let error = error as? HeadGate.Refused { return Refusal(error.refusal.answer) }
        guard let error = error as? HTTPParserError else { return nil }
        return Refusal(error == .headerOverflow ? .requestHeaderFieldsTooLarge : .badRequest)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ConnectionTable.Eviction: makeRoom()
        case is ChannelShouldQuiesceEvent: stop()
        case let event as ChannelEvent where event == .inputClosed: inputClosed()
        default: context.fireUserInboundEventTriggered(event)
        }
        settle()
    }

    // MARK: Requests

    private func take(_ part: HTTPServerRequestPart) {
        switch (phase, part) {
        case (.head, .head(let head)): begin(head)
        case (.body, .body(let bytes)): add(bytes)
        case (.body, .end): complete()
        // The end of one that was refused, or nothing that a parser gives.
        default: break
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        requests += 1
        if let refusal = service.limits.refusal(of: head) { return refuse(refusal, .farewell) }
        let length = head.contentLength ?? 0
        let hasBody = length != 0 || head.headers.contains(name: "transfer-encoding")
        let wantsContinue = head.headers["expect"].contains { $0.lowercased() == "100-continue" }
        let reply: Reply
        let limit: Int
        switch service.responder.admission(of: head) {
        case .refused(let refusal):
            // A small body is read and thrown away, so that the connection can be kept; nobody is asked to send it.
            let isAtOnce = refusal.headers[.connection] == "close" || length > Self.thrownAway || wantsContinue
            if hasBody, isAtOnce { return refuse(refusal, .farewell, to: head) }
            (reply, limit) = (.refusal(refusal), Self.thrownAway)
        case .admitted(let bodyLimit, let answer):
            if length > bodyLimit { return refuse(Refusal(.contentTooLarge), .farewell, to: head, noting: .tooLarge) }
            (reply, limit) = (.answer(answer), bodyLimit)
        }
        incoming = Incoming(
            head: head, limit: limit, isKept: head.isKeepAlive && head.version.minor > 0, wantsContinue: wantsContinue,
            reply: reply)
        phase = .body
        wait(.body)
        if wantsContinue, hasBody, reply.refusal == nil { writeContinue() }
    }

    private func add(_ bytes: ByteBuffer) {
        guard var request = incoming else { return }
        let count = bytes.readableBytes
        if let refusal = request.reply.refusal {
            wait?.received += count
            if wait?.received ?? 0 > request.limit { refuse(refusal, .farewell, to: request.head) }
            return
        }
        guard count <= request.limit - request.body.readableBytes else {
            return refuse(Refusal(.contentTooLarge), .farewell, to: request.head, noting: .tooLarge)
        }
        guard service.load.bodies.take(count) else {
            return refuse(service.overloaded, .farewell, to: request.head, noting: .overloaded)
        }
        incoming = nil
        request.body.writeImmutableBuffer(bytes)
        wait?.received = request.body.readableBytes
        incoming = request
    }

    private func complete() {
        guard let request = incoming, let context else { return }
        wait = nil
        phase = .answering
        guard case .answer(let reply) = request.reply else {
            return finish(Answer(request.reply.refusal ?? Refusal(.internalServerError)))
        }
        let own = NIOLoopBound(self, eventLoop: context.eventLoop)
        let (body, loop) = (request.body, context.eventLoop)
        // Not a child of anything: the listener does not end before this connection is closed, and that not before this is done.
        // Who goes away meanwhile has sent his webhook all the same.
        let stays = service.answersOnLoops && body.readableBytes <= Self.largestOnLoop
        Task(executorPreference: stays ? EventLoopExecutor(loop) : nil) {
            let answer = await reply(body)
            // It is there already, if the task stayed.
            if loop.inEventLoop { own.value.answered(answer) } else { loop.execute { own.value.answered(answer) } }
        }
    }

    private func answered(_ answer: Answer) {
        if case .answering = phase { finish(answer) }
        settle()
    }

    private func finish(_ answer: Answer) {
        let isKept =
            incoming?.isKept == true && requests < service.limits.requests && !service.isLoaded && stopsAt == nil
            && !isInputClosed
            && answer.headers[.connection]?.lowercased() != "close"
        write(answer, to: incoming?.head, isKept ? .request : .close)
    }

    // MARK: Answers

    /// Answers before the request is whole.
    private func refuse(
        _ refusal: Refusal, _ next: Next, to head: HTTPRequestHead? = nil, noting failure: BodyFailure? = nil
    ) {
        if let failure, let head { service.responder.note(failure, of: head) }
        pending.removeAll()
        write(Answer(refusal), to: head ?? incoming?.head, next)
    }

    private func write(_ answer: Answer, to request: HTTPRequestHead?, _ next: Next) {
        guard let context else { return }
        if case .closed = phase { return }
        releaseBody()
        phase = .writing(next)
        wait(.answer)
        let closes = if case .request = next { false } else { true }
        let bytes = answer.bytes(
            date: service.dates.text(service.clock()), closes: closes, omitsBody: request?.method == .HEAD,
            in: context.channel.allocator)
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return }
            self.written()
        }
        context.writeAndFlush(wrapOutboundOut(bytes), promise: written)
    }

    private func writeContinue() {
        context?.writeAndFlush(wrapOutboundOut(ByteBuffer(staticString: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
    }

    private func written() {
        guard case .writing(let next) = phase else { return }
        switch next {
        case .close: close()
        case .farewell:
            if isInputClosed { return close() }
            phase = .farewell
            wait(.farewell)
            context?.close(mode: .output, promise: nil)
            resumeReading()
        case .request: nextRequest()
        }
        settle()
    }

    private func nextRequest() {
        phase = .head
        earlyBytes = 0
        // Its beginning may have come early.
        wait(heads.heldBytes > 0 ? .head : .idle)
        while let part = pending.popFirst() {
            take(part)
            // All that is behind it waits for its answer.
            if case .answering = phase { return }
            if case .writing = phase { return }
        }
        if let refusal = pendingRefusal { return refuse(refusal, .farewell) }
        if isInputClosed { return inputClosed() }
        if stopsAt != nil, case .head = phase, heads.heldBytes == 0 { return close() }
        resumeReading()
    }

    private func resumeReading() {
        guard isReadHeld else { return }
        isReadHeld = false
        context?.read()
    }

    // MARK: Ends

    private func inputClosed() {
        isInputClosed = true
        switch phase {
        case .body:
            noteIncomplete()
            close()
        case .head, .farewell: close()
        case .answering, .writing, .closed: break
        }
    }

    private func stop() {
        guard let context, stopsAt == nil else { return }
        stopsAt = context.eventLoop.now + service.patience.stopping
        if case .head = phase, heads.heldBytes == 0 { close() }
    }

    /// Somebody needs the place more. Who has got his answer, or waits for it, stays until he has it.
    private func makeRoom() {
        switch phase {
        case .head where heads.heldBytes == 0 && requests > 0:
            service.count(.cut(.evicted))
            close()
        case .head, .body:
            service.count(.cut(.evicted))
            refuse(service.overloaded, .close, to: incoming?.head, noting: incoming == nil ? nil : .overloaded)
        case .writing, .farewell:
            service.count(.cut(.evicted))
            close()
        case .answering:
            if let id { service.table.isBusy(id) }
        case .closed: break
        }
    }

    private func expire() {
        guard let wait else { return }
        switch wait.kind {
        case .firstHead, .head:
            service.count(.cut(.head))
            if heads.heldBytes > 0 { refuse(Refusal(.requestTimeout), .close) } else { close() }
        case .idle:
            service.count(.cut(.idle))
            close()
        case .body:
            service.count(.cut(.body))
            noteIncomplete()
            refuse(Refusal(.requestTimeout), .close, to: incoming?.head)
        case .answer:
            service.count(.cut(.answer))
            close()
        case .farewell: close()
        }
    }

    private func close() {
        if case .closed = phase { return }
        releaseBody()
        phase = .closed
        wait = nil
        context?.close(promise: nil)
    }

    private func end() {
        releaseBody()
        phase = .closed
        wait = nil
        pending.removeAll()
        timer?.scheduled.cancel()
        timer = nil
        if isEntered, !isCounted {
            isCounted = true
            service.count(.closed)
        }
    }

    /// Of one that was refused by its head, nobody waits for the body.
    private func noteIncomplete() {
        guard let incoming, incoming.reply.refusal == nil else { return }
        service.responder.note(.incomplete, of: incoming.head)
    }

    private func releaseBody() {
        if let held = incoming?.body.readableBytes, held > 0 { service.load.bodies.giveBack(held) }
        incoming = nil
    }

    // MARK: Time

    private func wait(_ kind: PeerWait.Kind) {
        guard let context else { return }
        wait = PeerWait(kind: kind, since: context.eventLoop.now)
        isWaitNew = true
    }

    /// Tells the table and the clock how things stand, after whatever happened.
    private func settle() {
        if let id {
            if wait == nil, isListed {
                service.table.isBusy(id)
                isListed = false
            } else if wait != nil, isWaitNew {
                service.table.waits(id)
                isListed = true
            }
        }
        isWaitNew = false
        setTimer()
    }

    /// One timer a connection, moved only when it would come too late: most requests are done before it is due.
    private func setTimer() {
        guard let context, let deadline else { return }
        if let timer {
            guard deadline < timer.at else { return }
            timer.scheduled.cancel()
        }
        let scheduled = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { self.timerFired() }
        timer = (deadline, scheduled)
    }

    private func timerFired() {
        timer = nil
        guard let context, let deadline else { return }
        if context.eventLoop.now >= deadline { expire() }
        settle()
    }

    /// When the present wait has lasted too long.
    private var deadline: NIODeadline? {
        guard let deadline = wait?.deadline(service.patience) else { return nil }
        return stopsAt.map { min($0, deadline) } ?? deadline
    }
}
