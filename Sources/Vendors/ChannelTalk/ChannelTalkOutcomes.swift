import JSON
import Model
import VendorKit

extension ChannelTalk {
    /// A posted message is answered with `{message, bot, user}`; other answers tell of the chat's last message, which is
    /// not ours. Errors have a code and a message where they have a body at all.
    static func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        let body = response.json
        if response.status == 429 || code(body) == "RATE_LIMIT_EXCEEDED" {
            return .throttled(afterMilliseconds: response.waitMilliseconds ?? waitForTokens(response))
        }
        let remoteID = isMessage(request) ? body?.path(["message", "id"])?.identifier : nil
        return response.outcome(remoteID: remoteID, message: message(body))
    }

    /// Until the token bucket is full again. `x-ratelimit-reset` counts seconds from 1970.
    private static func waitForTokens(_ response: VendorResponse) -> Int64? {
        guard let seconds = response.headers["x-ratelimit-reset"].flatMap({ Int64($0) }) else { return nil }
        return response.wait(until: Instant(seconds: seconds))
    }

    private static func isMessage(_ request: VendorRequest) -> Bool {
        request.method == "POST" && request.url.prefix { $0 != "?" }.hasSuffix("/messages")
    }

    private static func code(_ body: JSONElement?) -> String? {
        (body?["commonErrorCode"] ?? body?["operationErrorCode"])?.filledText
    }

    /// `VALIDATION_FAILED: Validation failed (blocks[0].value: failed to parse)`. What was sent is left out.
    private static func message(_ body: JSONElement?) -> String? {
        let text = [code(body), body?["message"]?.filledText].compactMap(\.self).joined(separator: ": ")
        let details = (body?["details"]?.elements ?? []).compactMap { detail in
            let parts = [detail["field"]?.filledText, detail["message"]?.filledText].compactMap(\.self)
            return parts.isEmpty ? nil : parts.joined(separator: ": ")
        }
        let list = details.joined(separator: "; ")
        if list.isEmpty { return text.isEmpty ? nil : text }
        return text.isEmpty ? list : "\(text) (\(list))"
    }
}
