import JSON
package import Model
import Storage
import VendorKit

/// An `http` action whose answer becomes a conversation variable. It is tried once, and whatever comes of it is an answer: a
/// flow that waits for it goes on in any case, and its author decides what a failure means.
struct SavedCall: Sendable {
    private let effectKey: String
    private let variable: String

    /// Nil for every other effect.
    init?(_ effect: Effect) {
        guard case .http(let call) = effect.action, let variable = call.save else { return nil }
        effectKey = effect.key
        self.variable = variable
    }

    func answer(_ value: Value) -> HTTPAnswer {
        HTTPAnswer(effectKey: effectKey, variable: variable, value: value)
    }

    /// - Parameter error: one word.
    func failure(_ error: String) -> HTTPAnswer { answer(HTTPAnswer.failure(error)) }

    /// The ending of an attempt in which nothing was sent, or that was given up: the reason is the answer. What is tried again
    /// later has none yet.
    func answered(_ ending: DeliveryAttempt.Ending) -> DeliveryAttempt.Ending {
        guard ending.answer == nil else { return ending }
        var answered = ending
        switch ending.settlement {
        case .retry: return ending
        case .done: answered.answer = failure(HTTPAnswer.printed)
        case .dead(let reason, _):
            answered.answer = failure(reason.rawValue)
            answered.settlement = .done(remoteID: nil)
        }
        return answered
    }

    /// What a transport's result is for the variable; nil when the call was cut off by our own stop, which says nothing about
    /// the other side.
    func answer(to result: TransportResult) -> HTTPAnswer? {
        switch result {
        case .response(let response): answer(response.answerValue)
        case .notSent(TransportText.closed), .lost(TransportText.closed): nil
        case .notSent(TransportText.noConnection), .lost(TransportText.timedOut): failure(FailureReason.timeout.rawValue)
        case .notSent(TransportText.forbiddenAddress): failure(FailureReason.refused.rawValue)
        case .notSent: failure(FailureReason.notSent.rawValue)
        case .lost(TransportText.longHead), .lost(TransportText.longBody): failure(HTTPAnswer.tooLarge)
        case .lost: failure(FailureReason.uncertain.rawValue)
        }
    }
}

/// The words for calls without an answer, besides the raw values of `FailureReason`.
extension HTTPAnswer {
    /// The call was shown instead of sent.
    package static let printed = "printed"
}

extension VendorResponse {
    /// `{ status, headers, json | text }`: JSON where the content type says so and it is, else text where it is UTF-8, else
    /// neither. A byte order mark is left out.
    fileprivate var answerValue: Value {
        var object: Value.Object = ["status": .integer(Int64(status))]
        let named = headers.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        object["headers"] = .object(Value.Object(named.map { ($0.key, .string($0.value)) }))
        let content = body.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(body.dropFirst(3)) : body
        if isJSON, let json = Self.json(content) {
            object["json"] = json
        } else if let text = String(validating: content, as: UTF8.self) {
            object["text"] = .string(text)
        }
        return .object(object)
    }

    /// `application/json`, `text/json`, `application/problem+json`, with parameters or without.
    private var isJSON: Bool {
        let type = headers["content-type"].map { $0.prefix { $0 != ";" && $0 != "," } } ?? ""
        let subtype = type.split(separator: "/").last.map { $0.filter { !$0.isWhitespace }.lowercased() } ?? ""
        return subtype == "json" || subtype.hasSuffix("+json")
    }

    private static func json(_ bytes: [UInt8]) -> Value? {
        do { return try JSONDocument(bytes).root.value } catch { return nil }
    }
}
