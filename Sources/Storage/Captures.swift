package import Model

/// A header of a webhook that reading it again needs. Never one with a secret.
package struct WebhookHeader: Sendable, Hashable, Codable {
    /// In lower case.
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// A webhook as it came, with the events that it brought and nobody had told before; an imported one with all of its events.
package struct Capture: Sendable, Hashable {
    package var webhookID: Int64
    package var account: String
    package var vendor: VendorID
    package var receivedAt: Instant
    package var headers: [WebhookHeader]
    package var body: [UInt8]
    package var events: [EventHeader]

    package init(
        webhookID: Int64, account: String, vendor: VendorID, receivedAt: Instant, headers: [WebhookHeader], body: [UInt8],
        events: [EventHeader]
    ) {
        self.webhookID = webhookID
        self.account = account
        self.vendor = vendor
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
        self.events = events
    }
}

/// Which captures; all that are set must hold.
package struct CaptureQuery: Sendable, Hashable {
    /// Received then or later.
    package var since: Instant?
    /// Received before then.
    package var until: Instant?
    package var account: String?
    /// It brought an event of this kind.
    package var kind: EventKind?
    /// This rule matched one of its events: the ledger has an effect of it, of whatever state. Never an imported one.
    package var matchedRule: String?
    package var after: CapturePlace?
    package var limit: Int

    package init(
        since: Instant? = nil, until: Instant? = nil, account: String? = nil, kind: EventKind? = nil,
        matchedRule: String? = nil, after: CapturePlace? = nil, limit: Int = 100
    ) {
        self.since = since
        self.until = until
        self.account = account
        self.kind = kind
        self.matchedRule = matchedRule
        self.after = after
        self.limit = limit
    }
}

/// Where a page of captures ends: captures are in the order of when they were received, then of their ids.
package struct CapturePlace: Sendable, Hashable {
    package var receivedAt: Instant
    package var webhookID: Int64

    package init(receivedAt: Instant, webhookID: Int64) {
        self.receivedAt = receivedAt
        self.webhookID = webhookID
    }
}

package struct CapturePage: Sendable, Hashable {
    package var captures: [Capture]
    /// `after` of the next page; nil when there are no more.
    package var next: CapturePlace?

    package init(captures: [Capture], next: CapturePlace?) {
        self.captures = captures
        self.next = next
    }

    /// A page ends once its bodies have so many bytes.
    package static let bodyBytes = 4 << 20
    /// A page ends once so many webhooks were looked at.
    package static let looks = 2000
}
