import JSON
import VendorKit

/// An answer of the API as its outcome table looks at it: a new message is answered with its `objectId`, an error with a
/// `message`. The bodies of other answers are not documented, so only the status counts.
struct OmniChatOutcomes {
    let response: VendorResponse
    let request: VendorRequest

    /// No error code is documented.
    static let table = OutcomeTable()

    var outcome: DeliveryOutcome {
        let body = response.json
        let isMessage = request.method == "POST" && request.path.hasSuffix("/messages")
        return OmniChat.outcomes.outcome(
            of: response.read(
                to: request, remoteID: isMessage ? body?["objectId"]?.identifier : nil,
                message: body?["message"]?.filledText))
    }
}
