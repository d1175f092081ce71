package import JSON
package import VendorKit

extension Huggy {
    package static var secretIsInBody: Bool { true }

    /// The token of the account, at the top or inside `messages`.
    package func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        guard let body else { return [] }
        return [body["token"], body["messages"]?["token"]].compactMap { $0?.identifier.map { Array($0.utf8) } }
    }

    /// When a URL is saved in its panel, Huggy posts the token and wants to see it in the answer. Only an authentic body
    /// comes here, so that nobody can have the URL repeat a token of their own.
    package func handshake(_ body: JSONElement) -> WebhookReply? {
        guard body["validToken"]?.saysTrue == true, body["messages"]?.object == nil, let token = body["token"]?.identifier
        else { return nil }
        return WebhookReply(status: 200, contentType: "text/plain", body: token)
    }
}
