import Delivery
import Model
import Testing
import VendorKit

@Suite struct HTTPActionRequestTests {
    @Test func keepsWhatTheAuthorWrote() throws {
        let call = HTTPCall(
            method: "POST", url: "https://erp.example.org/orders/7", headers: ["X-B": "b", "X-A": 1], body: .json(["n": 1]),
            timeoutMilliseconds: 5_000, save: "info")
        #expect(
            try HTTPActionRequest.request(for: call)
                == VendorRequest(
                    method: "POST", url: "https://erp.example.org/orders/7",
                    headers: [.init("X-B", .text("b")), .init("X-A", .text("1"))], body: .json(["n": 1]),
                    isIdempotent: false, timeoutMilliseconds: 5_000,
                    addressGuard: AddressGuard()))
    }

    @Test(arguments: [
        ("GET", true), ("HEAD", true), ("OPTIONS", true), ("PUT", true), ("DELETE", true), ("POST", false), ("PATCH", false),
    ])
    func repeatsWhatHTTPCallsIdempotent(method: String, isIdempotent: Bool) throws {
        let request = try HTTPActionRequest.request(for: HTTPCall(method: method, url: "https://x.example/"))
        #expect(request.isIdempotent == isIdempotent)
    }

    @Test(arguments: [
        (HTTPCall(method: "", url: "https://x.example/"), "the method is no word"),
        (HTTPCall(method: "GET /evil HTTP/1.1\r\nX:", url: "https://x.example/"), "the method is no word"),
        (HTTPCall(method: "GET", url: "https://x.example/", headers: ["X-A": ["b"]]), "the header X-A is no text"),
        (
            HTTPCall(method: "GET", url: "https://x.example/", headers: ["X-A": "b\r\nX-B: c"]),
            "the header X-A has a line break or another control character"
        ),
        (
            HTTPCall(method: "GET", url: "https://x.example/", headers: ["X-A": "b\u{7f}"]),
            "the header X-A has a line break or another control character"
        ),
        (
            HTTPCall(method: "GET", url: "https://x.example/", headers: ["X-A: b\r\nX-B": "c"]),
            "the name of a header has a character that is not allowed there"
        ),
        (
            HTTPCall(method: "GET", url: "https://x.example/", headers: ["Transfer-Encoding": "chunked"]),
            "the header Transfer-Encoding cannot be set: the transport sets it"
        ),
        (HTTPCall(method: "GET", url: "ftp://x.example/"), "the URL does not begin with https:// or http://"),
        (
            HTTPCall(method: "GET", url: "https://x.example/a b"),
            "the URL has a character that must be percent-encoded"
        ),
    ])
    func refusesWhatCannotBeSent(call: HTTPCall, message: String) {
        #expect(throws: ActionError(message)) { try HTTPActionRequest.request(for: call) }
    }

    @Test(
        arguments: [
            (200, nil, .done(remoteID: nil)),
            (204, nil, .done(remoteID: nil)),
            (301, nil, .refused(.refused, message: "answered 301: redirects are not followed")),
            (400, nil, .refused(.refused, message: "answered 400")),
            (401, nil, .refused(.unauthorized, message: "answered 401")),
            (403, nil, .refused(.unauthorized, message: "answered 403")),
            (404, "5", .refused(.refused, message: "answered 404")),
            (408, nil, .retry(.timeout)),
            (429, nil, .throttled(afterMilliseconds: nil)),
            (429, "5", .throttled(afterMilliseconds: 5_000)),
            (429, "junk", .throttled(afterMilliseconds: nil)),
            (500, "5", .retry(.serverError)),
            (502, nil, .retry(.serverError)),
            (503, nil, .retry(.serverError)),
            (503, "Thu, 01 Jan 1970 00:00:09 GMT", .throttled(afterMilliseconds: 9_000)),
        ] as [(Int, String?, DeliveryOutcome)])
    func readsTheAnswersStatus(status: Int, retryAfter: String?, outcome: DeliveryOutcome) {
        let headers = retryAfter.map { ["retry-after": $0] } ?? [:]
        let response = VendorResponse(status: status, headers: headers)
        #expect(HTTPActionRequest.outcome(of: response, now: Instant(seconds: 0)) == outcome)
    }
}
