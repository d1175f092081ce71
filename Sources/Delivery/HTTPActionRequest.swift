package import Model
package import VendorKit

/// `http` actions: calls of the user's own systems, which no vendor translates.
package enum HTTPActionRequest {
    /// The call as a request, to public addresses alone: what else its host may be is for `HTTPAllowList` to say. Pure: also
    /// what `dry-run` prints.
    ///
    /// GET, HEAD, OPTIONS, PUT and DELETE count as idempotent (RFC 9110, section 9.2.2), so a doubtful one is sent again;
    /// POST and PATCH do not.
    package static func request(for call: HTTPCall) throws(ActionError) -> VendorRequest {
        var headers: [VendorRequest.Header] = []
        for entry in call.headers.entries {
            guard let text = entry.value.text else { throw ActionError("the header \(entry.key) is no text") }
            headers.append(VendorRequest.Header(entry.key, .text(text)))
        }
        let request = VendorRequest(
            method: call.method, url: call.url, headers: headers, body: call.body.map(Self.body),
            isIdempotent: idempotentMethods.contains(call.method), timeoutMilliseconds: call.timeoutMilliseconds,
            addressGuard: AddressGuard())
        if let obstacle = WireRequest.obstacle(to: request) { throw ActionError(obstacle) }
        return request
    }

    /// What an answer means: 2xx is done; 408, 429 and 5xx are worth another try, after `Retry-After` where a 429 or 503
    /// has one; anything else, redirects among them, is refused for good.
    package static func outcome(of response: VendorResponse, now: Instant) -> DeliveryOutcome {
        let retryAfter = response.headers["retry-after"].flatMap { RetryAfter.milliseconds($0, now: now) }
        switch response.status {
        case 200..<300: return .done(remoteID: nil)
        case 429: return .throttled(afterMilliseconds: retryAfter)
        case 503 where retryAfter != nil: return .throttled(afterMilliseconds: retryAfter)
        case 408: return .retry(.timeout)
        case 500..<600: return .retry(.serverError)
        case 401, 403: return .refused(.unauthorized, message: "answered \(response.status)")
        case 300..<400: return .refused(.refused, message: "answered \(response.status): redirects are not followed")
        default: return .refused(.refused, message: "answered \(response.status)")
        }
    }

    private static let idempotentMethods: Set<String> = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"]

    private static func body(_ body: HTTPBody) -> VendorRequest.Body {
        switch body {
        case .json(let json): .json(json)
        case .form(let form): .form(form)
        case .text(let text): .text(text)
        }
    }
}
