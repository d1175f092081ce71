package import JSON
package import Model
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

    /// The token stands at the top, or among the messages.
    package func withoutSecrets(_ body: Value) -> Value {
        guard case .object(var members) = Self.withoutToken(body) else { return body }
        if let messages = members["messages"] { members["messages"] = Self.withoutToken(messages) }
        return .object(members)
    }

    private static func withoutToken(_ value: Value) -> Value {
        guard case .object(var members) = value, members["token"]?.text != nil else { return value }
        members["token"] = "[redacted]"
        return .object(members)
    }
}
