import JSON
import Model
import VendorKit

/// An answer of the API as its outcome table looks at it. Many have no body, so that the status alone decides.
struct HuggyOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    /// What the API says then, and to other calls that the credentials do not allow.
    private static let hidden = "Desculpe, você não tem permissão"

    static let table = OutcomeTable([
        .init(501...501, is: .refused(.refused), why: "the API has no such call"),
        .init(
            403...403, .code([hidden]), of: ["/messages"], is: .refused(.refused),
            why: "while a chat is automatic its messages cannot be read"),
    ])

    var outcome: DeliveryOutcome {
        let body = response.json?.object
        return Huggy.outcomes.outcome(
            of: response.read(
                to: request, code: isReading ? body?["reason"]?.string : nil,
                remoteID: isMessage ? body?["id"]?.identifier ?? locationID : nil,
                message: body.flatMap(Self.reason)))
    }

    /// Only of a read a reason is a code: anything else that the credentials do not allow is a matter of the account.
    private var isReading: Bool { ["GET", "HEAD"].contains(request.method.uppercased()) }

    /// True for a call whose answer tells the id of a message: that of a contact or chat could be a message's too.
    private var isMessage: Bool { request.method == "POST" && request.path.hasSuffix("/messages") }

    /// Version 2 tells what it made in the `Location` header.
    private var locationID: String? {
        let id = response.headers["location"].map(FileKind.lastComponent)
        return id.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `{"reason": "text"}`, `{"reason": {"field": "text"}}`, or `{"error", "message", "hint"}` of the sign-in.
    private static func reason(_ body: JSONElement) -> String? {
        if let reason = body["reason"]?.filledText { return reason }
        let fields = (body["reason"]?.members ?? []).compactMap { field in
            field.value.texts.first.map { "\(field.key): \($0)" }
        }
        if !fields.isEmpty { return fields.joined(separator: "; ") }
        return body["message"]?.filledText ?? body["error"]?.filledText
    }
}
