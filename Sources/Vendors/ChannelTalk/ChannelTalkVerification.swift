import VendorKit

extension ChannelTalk {
    /// Channel Talk calls `…?token=TOKEN` with the token that it made for the webhook. (The header `x-signature` belongs
    /// to functions of its app store, not to webhooks.)
    static func presentedSecrets(in request: WebhookRequest) -> [[UInt8]] {
        request.queryValues("token").map { Array($0.utf8) }
    }
}
