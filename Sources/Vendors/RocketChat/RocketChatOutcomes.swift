import JSON
import Model
import VendorKit

/// An answer of the REST API as its outcome table looks at it. Every failure of a call's own is a 400 with a code; what the
/// code says decides.
struct RocketChatOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    static let table = OutcomeTable(ownRows)

    static let ownRows: [OutcomeTable.Row] = [
        .init(
            0...999, .code(["error-too-many-requests"]), is: .throttled,
            why: "the server's own limit: 10 calls a minute, IP address, method and path, unless it is set otherwise"),
        .init(
            400...499, .code([RocketChatError.loggedOut]), is: .refused(.unauthorized),
            why: "the token is wrong, has expired, or is another user's"),
        .init(
            200...299, .noJSON, is: .uncertain(.uncertain),
            why: "a page of a proxy in place of an answer: nobody knows what became of the call"),
        .init(
            400...400, .code([RocketChatError.repeatedID]), of: messages, is: .done,
            why: "the database has a message with this `_id`"),
        .init(
            400...400, .noCode, of: messages, is: .uncertain(.uncertain),
            why: "what servers say of an `_id` that they have changes with the version; a read of the message tells"),
        .init(
            400...400, .code(["error-room-already-closed", "error-room-closed", "room-closed"]), of: [close], is: .done,
            why: "closed already"),
        .init(
            400...400, .code(["error-room-cannot-be-closed-try-again"]), of: [close], is: .retry(.serverError),
            why: "two transactions met, and nothing was done"),
        .init(
            400...400, .code(["error-forwarding-chat-same-department", "error-selected-agent-room-agent-are-same"]),
            of: [forward], is: .done, why: "there already"),
        .init(400...400, .code(["error-room-is-already-on-hold"]), of: [hold], is: .done, why: "on hold already"),
    ]

    /// Calls that send one message, perhaps with an `_id` of ours.
    private static let messages = [sendMessage, visitorsMessage]
    private static let sendMessage = "/chat.sendMessage"
    private static let visitorsMessage = "/livechat/message"
    private static let close = "/livechat/room.closeByUser"
    private static let forward = "/livechat/room.forward"
    private static let hold = "/livechat/room.onHold"

    var outcome: DeliveryOutcome { RocketChat.outcomes.outcome(of: answer) }

    private var answer: ReadAnswer {
        let body = response.json?.object
        let error = isSuccess(body) ? nil : RocketChatError(body)
        var answer = response.read(
            to: request, code: error?.code(sending: sentMessageID),
            remoteID: error == nil ? body?["message"]?.object?["_id"]?.identifier : sentMessageID, message: error?.text)
        // Where success is not told, the answer is one of the failures, whatever its status says.
        if error != nil, (200..<300).contains(response.status) { answer.status = 400 }
        answer.isJSON = body != nil || request.method == "GET"
        answer.waitMilliseconds = error?.waitMilliseconds ?? response.waitMilliseconds ?? waitForReset
        return answer
    }

    private func isSuccess(_ body: JSONElement?) -> Bool {
        (200..<300).contains(response.status) && body?["success"]?.bool != false && body?["status"]?.string != "error"
    }

    /// Epoch milliseconds, also where the body does not tell the seconds.
    private var waitForReset: Int64? {
        guard let reset = response.headers["x-ratelimit-reset"].flatMap({ Int64($0) }) else { return nil }
        return response.wait(until: Instant(milliseconds: reset))
    }

    /// The `_id` that a call chose for the message that it sends; nil for every other call.
    private var sentMessageID: String? {
        guard case .json(let json) = request.body else { return nil }
        if request.path.hasSuffix(Self.sendMessage) { return json["message"]?["_id"]?.string }
        return request.path.hasSuffix(Self.visitorsMessage) ? json["_id"]?.string : nil
    }
}
