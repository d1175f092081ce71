import VendorKit

extension Chatwoot {
    /// The secret is a part of the address that Chatwoot was given: `/webhooks/ACCOUNT/SECRET` or `?token=SECRET`.
    ///
    /// Since 4.13 a webhook also has `X-Chatwoot-Signature`, an HMAC of time and body. Older servers sign nothing, and a
    /// vendor shows secrets but never has one to sign with, so it is not looked at.
    static func presentedSecrets(in request: WebhookRequest) -> [[UInt8]] {
        let path = request.pathSuffix.count == 1 ? request.pathSuffix : []
        return (path + request.queryValues("token")).map { Array($0.utf8) }
    }
}
