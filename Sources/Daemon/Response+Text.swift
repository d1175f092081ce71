import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import VendorKit

extension Response {
    init(_ status: HTTPResponse.Status, _ contentType: String, _ body: String, _ headers: HTTPFields = [:]) {
        var headers = headers
        headers[.contentType] = contentType
        self.init(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
    }

    init(_ reply: WebhookReply) {
        self.init(HTTPResponse.Status(code: reply.status), reply.contentType, reply.body)
    }

    /// The same bytes for every error of one status: an answer tells nobody more than its status.
    static func error(_ status: HTTPResponse.Status, _ headers: HTTPFields = [:]) -> Response {
        Response(status, "application/json", "{\"error\":\"\(status.reasonPhrase.lowercased())\"}", headers)
    }
}
