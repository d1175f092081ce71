import JSON
import VendorKit

extension OmniChat {
    /// A new message is answered with its `objectId`, an error with a `message`. The bodies of other answers are not
    /// documented, so only the status counts.
    static func outcome(of response: VendorResponse) -> DeliveryOutcome {
        let body = response.json
        return response.outcome(remoteID: body?["objectId"]?.identifier, message: body?["message"]?.filledText)
    }
}
