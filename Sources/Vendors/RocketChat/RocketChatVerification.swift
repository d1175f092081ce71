package import JSON
package import VendorKit

extension RocketChat {
    /// The configured secret itself, in a header: there is no signature.
    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        request.headerValues("x-rocketchat-livechat-token").map { Array($0.utf8) }
    }
}
