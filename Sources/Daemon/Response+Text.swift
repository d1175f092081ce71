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
        Response(Refusal(status, headers))
    }

    init(_ refusal: Refusal) {
        self.init(refusal.status, "application/json", refusal.body, refusal.headers)
    }

    /// Without its body where the request is a HEAD: a body would be taken for the next answer on the connection.
    func answering(_ request: Request) -> Response {
        guard request.method == .head else { return self }
        var response = self
        response.body = ResponseBody()
        return response
    }
}
