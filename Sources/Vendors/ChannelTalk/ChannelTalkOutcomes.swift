import JSON
import Model
import VendorKit

/// An answer of the Open API as its outcome table looks at it. A posted message is answered with `{message, bot, user}`;
/// other answers tell of the chat's last message, which is not ours. Errors have a code and a message where they have a body
/// at all.
struct ChannelTalkOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    static let table = OutcomeTable([
        .init(0...999, .code(["RATE_LIMIT_EXCEEDED"]), is: .throttled, why: "the bucket of calls is empty"),
        .init(
            400...499, .code(["UNAUTHORIZED", "FORBIDDEN"]), is: .refused(.unauthorized),
            why: "the keys are wrong, or do not allow it"),
        .init(
            400...499, .code(["INTERNAL_ERROR"]), is: .uncertain(.serverError),
            why: "a server that fails may have done its work before"),
        .init(
            200...299, .noJSON, is: .uncertain(.uncertain),
            why: "a page of a proxy in place of an answer (an empty one is an answer): nobody knows what became of the call"),
    ])

    var outcome: DeliveryOutcome {
        let body = response.json?.object
        let code = body.flatMap(Self.code)
        var answer = response.read(
            to: request, code: code, remoteID: isMessage ? body?.path(["message", "id"])?.identifier : nil,
            message: body.flatMap { Self.message($0, code: code) })
        // An answer with an error code is a failure, whatever status brings it.
        if code != nil, (200..<300).contains(response.status) { answer.status = Self.status(body) ?? 400 }
        // Some calls are answered with nothing.
        answer.isJSON = body != nil || response.body.isEmpty
        answer.waitMilliseconds = response.waitMilliseconds ?? waitForTokens
        return ChannelTalk.outcomes.outcome(of: answer)
    }

    /// Until the token bucket is full again. `x-ratelimit-reset` counts seconds from 1970.
    private var waitForTokens: Int64? {
        guard let seconds = response.headers["x-ratelimit-reset"].flatMap({ Int64($0) }) else { return nil }
        return response.wait(until: Instant(seconds: seconds))
    }

    private var isMessage: Bool { request.method == "POST" && request.path.hasSuffix("/messages") }

    /// Of a failure, as its body tells it.
    private static func status(_ body: JSONElement?) -> Int? {
        (body?["status"]?.int64).flatMap(Int.init(exactly:)).flatMap { (400...599).contains($0) ? $0 : nil }
    }

    private static func code(_ body: JSONElement) -> String? {
        (body["commonErrorCode"] ?? body["operationErrorCode"])?.filledText
    }

    /// `VALIDATION_FAILED: Validation failed (blocks[0].value: failed to parse)`. What was sent is left out.
    private static func message(_ body: JSONElement, code: String?) -> String? {
        let text = [code, body["message"]?.filledText].compactMap(\.self).joined(separator: ": ")
        let details = (body["details"]?.elements ?? []).compactMap { detail in
            let parts = [detail["field"]?.filledText, detail["message"]?.filledText].compactMap(\.self)
            return parts.isEmpty ? nil : parts.joined(separator: ": ")
        }
        let list = details.joined(separator: "; ")
        if list.isEmpty { return text.isEmpty ? nil : text }
        return text.isEmpty ? list : "\(text) (\(list))"
    }
}
