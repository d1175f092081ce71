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
    ])

    var outcome: DeliveryOutcome {
        let body = response.json?.object
        let code = body.flatMap(Self.code)
        var answer = response.read(
            to: request, code: code, remoteID: isMessage ? body?.path(["message", "id"])?.identifier : nil,
            message: body.flatMap { Self.message($0, code: code) })
        answer.waitMilliseconds = response.waitMilliseconds ?? waitForTokens
        return ChannelTalk.outcomes.outcome(of: answer)
    }

    /// Until the token bucket is full again. `x-ratelimit-reset` counts seconds from 1970.
    private var waitForTokens: Int64? {
        guard let seconds = response.headers["x-ratelimit-reset"].flatMap({ Int64($0) }) else { return nil }
        return response.wait(until: Instant(seconds: seconds))
    }

    private var isMessage: Bool { request.method == "POST" && request.path.hasSuffix("/messages") }

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
