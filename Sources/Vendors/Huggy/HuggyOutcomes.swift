import JSON
import Model
import VendorKit

/// What an answer of the API means. Many have no body, so that the status alone decides.
struct HuggyOutcomes {
    let response: VendorResponse

    var outcome: DeliveryOutcome {
        let body = response.json?.object
        return response.outcome(remoteID: body?["id"]?.identifier ?? locationID, message: body.flatMap(Self.reason))
    }

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
