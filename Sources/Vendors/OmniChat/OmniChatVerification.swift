import VendorKit

extension OmniChat {
    /// OmniChat signs nothing and sends no token of its own, so the secret is a part of the address that it was given:
    /// `/webhooks/ACCOUNT/SECRET` or `?token=SECRET`.
    static func presentedSecrets(in request: WebhookRequest) -> [[UInt8]] {
        let path = request.pathSuffix.count == 1 ? request.pathSuffix : []
        return (path + request.queryValues("token")).map { Array($0.utf8) }
    }
}
