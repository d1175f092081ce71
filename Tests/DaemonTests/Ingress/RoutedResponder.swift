import HTTPTypes
import Hummingbird
import NIOHTTP1
import NIOHTTPTypesHTTP1

@testable import Daemon

/// A listener's responder behind the test client of Hummingbird.
struct RoutedResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    private let responder: any IngressResponder

    init(_ responder: any IngressResponder) { self.responder = responder }

    func respond(to request: Request, context: BasicRequestContext) async throws -> Response {
        let head = try HTTPRequestHead(request.head)
        switch responder.admission(of: head) {
        case .refused(let refusal): return Response(Answer(refusal))
        case .admitted(let limit, let answer):
            do { return Response(await answer(try await request.body.collect(upTo: limit))) } catch {
                responder.note(.tooLarge, of: head)
                return Response(Answer(Refusal(.contentTooLarge)))
            }
        }
    }
}

extension Response {
    fileprivate init(_ answer: Answer) {
        self.init(status: answer.status, headers: answer.headers, body: ResponseBody(byteBuffer: answer.body))
    }
}

extension Admission {
    var bodyLimit: Int? { if case .admitted(let limit, _) = self { limit } else { nil } }
    var refusal: Refusal? { if case .refused(let refusal) = self { refusal } else { nil } }
}
