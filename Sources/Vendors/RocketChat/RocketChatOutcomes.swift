import JSON
import Model
import VendorKit

/// What an answer of the REST API means. Every failure of a call's own is a 400 with a code; what the code says decides.
struct RocketChatOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    var outcome: DeliveryOutcome {
        let body = response.json?.object
        let isAnswered = (200..<300).contains(response.status)
        if isAnswered, body?["success"]?.bool != false { return success(body) }
        let error = RocketChatError(body)
        if response.status == 429 || error.code == "error-too-many-requests" {
            return .throttled(afterMilliseconds: error.waitMilliseconds ?? response.waitMilliseconds ?? waitForReset)
        }
        return isAnswered || response.status == 400 ? failure(error) : response.outcome(message: error.text)
    }

    private func success(_ body: JSONElement?) -> DeliveryOutcome {
        guard let body else {
            // A page of a proxy in place of an answer: nobody knows what became of the call.
            return request.method == "GET" ? .done(remoteID: nil) : .uncertain(.uncertain)
        }
        return .done(remoteID: body["message"]?.object?["_id"]?.identifier)
    }

    private func failure(_ error: RocketChatError) -> DeliveryOutcome {
        if isDone(error) { return .done(remoteID: sentMessageID) }
        if error.code == "error-room-cannot-be-closed-try-again" { return .retry(.serverError) }
        // The text of a repeated `_id` changes with the server's version: without a code the message may be there.
        if sentMessageID != nil, error.isOpaque { return .uncertain(.uncertain) }
        return VendorResponse(status: 400).outcome(message: error.text)
    }

    /// Epoch milliseconds, also where the body does not tell the seconds.
    private var waitForReset: Int64? {
        guard let reset = response.headers["x-ratelimit-reset"].flatMap({ Int64($0) }) else { return nil }
        return response.wait(until: Instant(milliseconds: reset))
    }

    /// True for an error that says that what was asked for is so already.
    private func isDone(_ error: RocketChatError) -> Bool {
        if sentMessageID != nil { return error.tellsRepeatedID }
        guard let code = error.code else { return false }
        let path = request.url
        if path.hasSuffix("/livechat/room.closeByUser") {
            return ["error-room-already-closed", "error-room-closed", "room-closed"].contains(code)
        }
        if path.hasSuffix("/livechat/room.forward") {
            return ["error-forwarding-chat-same-department", "error-selected-agent-room-agent-are-same"].contains(code)
        }
        return false
    }

    /// The `_id` that a `chat.sendMessage` chose; nil for every other call.
    private var sentMessageID: String? {
        guard request.url.hasSuffix("/chat.sendMessage"), case .json(let json) = request.body else { return nil }
        return json["message"]?["_id"]?.string
    }
}
