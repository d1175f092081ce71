import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands before the HTTP parser and lets through only requests that everybody reads alike: see `RequestFraming`.
///
/// A head is held back until all of it is checked, so that the parser never sees one that is refused. Bodies pass as they come.
final class HeadGate: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let answers: RefusalAnswer
    private var framing = RequestFraming()
    /// The beginning of a head.
    private var held = ByteBuffer()

    /// What is thrown into the pipeline in the place of the request.
    struct Refused: Error { let refusal: RequestRefusal }

    init(answers: RefusalAnswer) { self.answers = answers }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // What comes behind the last request is not for us any more.
        guard !framing.isOver else { return }
        var buffer = Self.unwrapInboundIn(data)
        let progress = buffer.withUnsafeReadableBytes { framing.take($0) }
        pass(progress.passed, of: &buffer, context)
        if let refusal = progress.refusal {
            held = ByteBuffer()
            context.fireErrorCaught(Refused(refusal: refusal))
        } else if framing.isOver {
            held = ByteBuffer()
        } else if buffer.readableBytes > 0 {
            held.writeBuffer(&buffer)
        }
        if progress.wantsContinue, answers.mayTellToContinue {
            context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
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

/// Answers what the gate refuses, behind the answers to what it let through, and then closes.
///
/// Of a request whose body turns out to be refused, the server's own answer is left out: by then it has only heard that the
/// body ended early.
final class RefusalAnswer: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let refused: @Sendable (RequestRefusal) -> Void
    private var phase = Phase.open
    /// Requests whose heads came and whose answers have not ended.
    private var unanswered = 0
    private var isBodyOpen = false
    private var isAnswerBegun = false
    private var closesBehindLast = false

    private enum Phase {
        case open
        /// That many more answers go out; then the refusal, if it is to be told, and the end.
        case ending(answers: Int, RequestRefusal?)
        /// Nothing more goes out.
        case closing
    }

    /// How long the other end may take to close too. Closing at once could take the answer away while it is on its way.
    private static let linger = TimeAmount.seconds(1)

    /// - Parameter refused: called once for a connection at most.
    init(refused: @escaping @Sendable (RequestRefusal) -> Void) { self.refused = refused }

    /// Nothing is on its way to the client that `100 Continue` would stand in the middle of.
    var mayTellToContinue: Bool {
        if case .open = phase { unanswered == 1 && !isAnswerBegun } else { false }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .open = phase else { return }
        switch Self.unwrapInboundIn(data) {
        case .head(let head):
            unanswered += 1
            isBodyOpen = true
            closesBehindLast = head.headerFields[values: .connection].contains { Self.saysClose($0) }
        case .body: break
        case .end: isBodyOpen = false
        }
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard case .open = phase, let refusal = Self.refusal(error) else { return context.fireErrorCaught(error) }
        refused(refusal)
        let answered = isBodyOpen ? unanswered - 1 : unanswered
        if isBodyOpen, unanswered == 0 || (unanswered == 1 && isAnswerBegun) {
            // It was answered without its body.
            phase = .ending(answers: unanswered, nil)
        } else {
            phase = .ending(answers: max(answered, 0), refusal)
        }
        endIfDue(context)
        // Whoever reads the body hears of it.
        context.fireErrorCaught(error)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .closing = phase, case ChannelEvent.inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    /// What the parser finds that the gate let through is refused as well. A client that went away is no refusal.
    private static func refusal(_ error: any Error) -> RequestRefusal? {
        if let error = error as? HeadGate.Refused { return error.refusal }
        guard let error = error as? HTTPParserError, error != .invalidEOFState else { return nil }
        return .requestLine
    }

    private static func saysClose(_ value: String) -> Bool {
        value.split(separator: ",").contains { part in
            part.utf8.filter { $0 != 0x20 && $0 != 0x09 }.map { $0 | 0x20 }.elementsEqual("close".utf8)
        }
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch phase {
        case .closing, .ending(answers: 0, _):
            promise?.succeed()
            return
        case .open, .ending: break
        }
        let part = Self.unwrapOutboundIn(data)
        context.write(data, promise: promise)
        switch part {
        case .head: isAnswerBegun = true
        case .body: break
        case .end:
            isAnswerBegun = false
            unanswered = max(unanswered - 1, 0)
            if case .ending(let answers, let refusal) = phase { phase = .ending(answers: answers - 1, refusal) }
            if case .open = phase, closesBehindLast, unanswered == 0 { phase = .ending(answers: 0, nil) }
            endIfDue(context)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        // The server closes on an error at once; the refusal is still on its way.
        if case .closing = phase {
            promise?.succeed()
            return
        }
        context.close(mode: mode, promise: promise)
    }

    private func endIfDue(_ context: ChannelHandlerContext) {
        guard case .ending(answers: 0, let refusal) = phase else { return }
        phase = .closing
        if let refusal { write(refusal, context) }
        context.flush()
        context.close(mode: .output, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.linger) { context.close(promise: nil) }
    }

    private func write(_ refusal: RequestRefusal, _ context: ChannelHandlerContext) {
        let status = refusal.answer
        let body = ByteBuffer(string: "{\"error\":\"\(status.reasonPhrase.lowercased())\"}")
        let head = HTTPResponse(
            status: status,
            headerFields: [.contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close"])
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(body)), promise: nil)
        context.write(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
