import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import Model
import NIOCore

/// What all connections of one listener share.
struct HTTPService: Sendable {
    var responder: any IngressResponder
    var load: IngressLoad
    var table: ConnectionTable
    var limits = RequestLimits()
    var patience = Patience()
    var count: @Sendable (ConnectionEvent) -> Void
    /// Told of requests that are not let through to be parsed.
    var refused: @Sendable (RequestRefusal) -> Void = { _ in }
    var clock: @Sendable () -> Instant
    let dates = HTTPDateTexts()
    /// In 0..<1.
    var random: @Sendable () -> Double
    var logger: Logger

    /// From here on connections are closed after their answer.
    var isLoaded: Bool { load.isHigh || table.isHigh }

    var overloaded: Refusal { .overloaded(random()) }

    /// The answer to a request with its body, and the bytes of that answer.
    func answer(_ head: HTTPRequest, body: ByteBuffer, on channel: any Channel) async -> Answer {
        let request = Request(head: head, body: RequestBody(buffer: body))
        let context = BasicRequestContext(source: ApplicationRequestContextSource(channel: channel, logger: logger))
        do {
            let response = try await responder.respond(to: request, context: context)
            let body = CollectedBody()
            try await response.body.write(CollectingWriter(body: body))
            return Answer(status: response.status, headers: response.headers, body: body.bytes)
        } catch {
            return Answer(Refusal(.internalServerError))
        }
    }
}

/// An answer as it is sent.
struct Answer: Sendable, Hashable {
    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: ByteBuffer

    init(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ refusal: Refusal) {
        status = refusal.status
        headers = refusal.headers
        headers[.contentType] = "application/json"
        body = ByteBuffer(string: refusal.body)
    }
}

/// Used by one task at a time, the one that writes.
private final class CollectedBody {
    var bytes = ByteBuffer()
}

private struct CollectingWriter: ResponseBodyWriter {
    let body: CollectedBody

    mutating func write(_ buffer: ByteBuffer) async throws {
        var buffer = buffer
        if body.bytes.readableBytes == 0 { body.bytes = buffer } else { body.bytes.writeBuffer(&buffer) }
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
