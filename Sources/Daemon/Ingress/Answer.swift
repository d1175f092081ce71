import HTTPTypes
import NIOCore
import NIOHTTP1
import VendorKit

/// An answer to a request, as it is sent.
struct Answer: Sendable, Hashable {
    var status: HTTPResponse.Status
    /// Without those of the connection: length, date, whether it is kept.
    var headers: HTTPFields
    var body: ByteBuffer

    init(status: HTTPResponse.Status, headers: HTTPFields, body: ByteBuffer) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    init(_ status: HTTPResponse.Status, _ contentType: String, _ body: String, _ headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ByteBuffer(string: body))
    }

    init(_ reply: WebhookReply) {
        let words = HTTPResponseStatus(statusCode: reply.status).reasonPhrase
        self.init(HTTPResponse.Status(code: reply.status, reasonPhrase: words), reply.contentType, reply.body)
    }

    /// The same bytes for every error of one status: an answer tells nobody more than its status.
    init(_ refusal: Refusal) {
        self.init(refusal.status, "application/json", refusal.body, refusal.headers)
    }

    /// The same as of a refusal.
    static func error(_ status: HTTPResponse.Status) -> Answer { Answer(Refusal(status)) }
}

extension Answer {
    /// What goes over the wire, by HTTP/1.1. It has a length always, and is never cut into chunks.
    /// - Parameters:
    ///   - date: the field's value.
    ///   - closes: the connection is closed behind it.
    ///   - omitsBody: for a HEAD: a body would be taken for the next answer.
    func bytes(date: String, closes: Bool, omitsBody: Bool, in allocator: ByteBufferAllocator) -> ByteBuffer {
        let length = omitsBody ? 0 : body.readableBytes
        var bytes = allocator.buffer(capacity: Self.usualHead + length)
        bytes.writeStaticString("HTTP/1.1 ")
        bytes.writeString(String(status.code))
        bytes.writeStaticString(" ")
        bytes.writeString(status.reasonPhrase)
        for field in headers where field.name != .connection {
            bytes.writeStaticString("\r\n")
            bytes.writeString(field.name.rawName)
            bytes.writeStaticString(": ")
            bytes.writeString(field.value)
        }
        bytes.writeStaticString("\r\nContent-Length: ")
        bytes.writeString(String(length))
        bytes.writeStaticString("\r\nDate: ")
        bytes.writeString(date)
        bytes.writeStaticString(closes ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n")
        if !omitsBody { bytes.writeImmutableBuffer(body) }
        return bytes
    }

    /// In bytes.
    private static let usualHead = 256
}
