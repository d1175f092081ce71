import JSON
import Model
import VendorKit

/// An answer of the application API as its outcome table looks at it. A message is answered with itself, a failure with
/// `{error}` or `{message, attributes}`; there are no codes, only sentences in English.
struct ChatwootOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    static let table = OutcomeTable([
        .init(
            200...299, .code([nobody]), of: [assignments], is: .refused(.refused),
            why: "the account has no such agent or team, and the conversation has none now"),
        .init(
            200...299, .noJSON, of: [messages, "/toggle_status", "/labels"], is: .uncertain(.uncertain),
            why: "a page of a proxy in place of an answer: nobody knows what became of the call"),
        .init(
            401...401, .code([notAllowed, notForBots]), is: .refused(.refused),
            why: "the token is good, and this one call is not for its owner"),
        .init(
            422...422, .code([tooMany]), of: [messages], is: .throttled,
            why: "the conversation's own limit of messages a minute"),
    ])

    private static let messages = "/messages"
    private static let assignments = "/assignments"

    /// Our word for `null` as the answer to an assignment.
    private static let nobody = "null"
    private static let notAllowed = "You are not authorized to do this action"
    private static let notForBots = "Access to this endpoint is not authorized for bots"
    private static let tooMany = "Too many messages"

    var outcome: DeliveryOutcome {
        let json = response.json
        let body = json?.object
        let text = body?["error"]?.filledText ?? body?["message"]?.filledText
        let isDone = (200..<300).contains(response.status)
        var answer = response.read(
            to: request, code: isDone ? assignedNobody(json) : Self.code(in: text),
            remoteID: isMessage ? body?["id"]?.identifier : nil, message: isDone ? "there is no such agent or team" : text)
        answer.isJSON = body != nil || request.method == "GET"
        return Chatwoot.outcomes.outcome(of: answer)
    }

    private var isMessage: Bool { request.method == "POST" && request.path.hasSuffix(Self.messages) }

    private static func code(in text: String?) -> String? {
        [notAllowed, notForBots, tooMany].first { text?.contains($0) == true }
    }

    /// Taking an assignee away is answered the same, and is what was asked for then.
    private func assignedNobody(_ json: JSONElement?) -> String? {
        guard request.path.hasSuffix(Self.assignments), json?.isNull == true, case .json(let asked) = request.body else {
            return nil
        }
        let ids = ["assignee_id", "team_id"].compactMap { asked[$0]?.text }
        return ids.contains { $0 != "0" && !$0.isEmpty } ? Self.nobody : nil
    }
}
