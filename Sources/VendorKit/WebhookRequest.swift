package import JSON

/// One webhook as it came over HTTP, or as it was captured.
package struct WebhookRequest: Sendable {
    package var body: [UInt8]
    /// Names in lower case; a repeated header stands more than once.
    package var headers: [(name: String, value: String)]
    /// Path segments after `/webhooks/ACCOUNT`, percent-decoded.
    package var pathSuffix: [String]
    /// Query items, percent-decoded.
    package var query: [(name: String, value: String)]
    package var trust: Trust
    /// What the body may hold, where it comes from strangers.
    package var limits: JSONLimits
    /// The body, where it was parsed already.
    package var parsed: Optional<JSONElement>

    /// What makes a body authentic.
    package enum Trust: Sendable {
        /// It must show one of these (the account's, more than one while rotating). Empty: nothing is ever authentic.
        case secrets(ExpectedSecrets)
        /// It was captured from an authentic delivery, or comes from a file that the user names.
        case captured
    }

    package init(
        body: [UInt8], headers: [(name: String, value: String)] = [], pathSuffix: [String] = [],
        query: [(name: String, value: String)] = [], trust: Trust, limits: JSONLimits = JSONLimits(),
        parsed: JSONElement? = nil
    ) {
        self.body = body
        self.headers = headers
        self.pathSuffix = pathSuffix
        self.query = query
        self.trust = trust
        self.limits = limits
        self.parsed = parsed
    }

    /// Every value of a header, name in lower case.
    package func headerValues(_ name: String) -> [String] {
        headers.filter { $0.name == name }.map(\.value)
    }

    package func queryValues(_ name: String) -> [String] {
        query.filter { $0.name == name }.map(\.value)
    }
}

/// The answer to a webhook.
package struct WebhookReply: Sendable, Hashable {
    package var status: Int
    package var contentType: String
    package var body: String

    package init(status: Int, contentType: String, body: String) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// 200 `{}`: the same for new and repeated events.
    package static let emptyObject = WebhookReply(status: 200, contentType: "application/json", body: "{}")
}
