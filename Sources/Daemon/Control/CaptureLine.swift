package import Model

/// Whose webhooks are imported; nil where each of them says so, or shows it.
package struct CaptureOrigin: Sendable, Hashable {
    package var account: String?
    package var vendor: VendorID?

    package init(account: String? = nil, vendor: VendorID? = nil) {
        self.account = account
        self.vendor = vendor
    }
}

/// One webhook to import, on one line: `{account, vendor, received_at, read_at, body}`.
package struct CaptureLine: Sendable, Hashable {
    package var origin: CaptureOrigin
    /// Nil for a payload from a file: then it is the time that the payload tells.
    package var receivedAt: Instant?
    /// Stands for it where the payload tells none.
    package var readAt: Instant
    package var body: String

    package init(origin: CaptureOrigin, receivedAt: Instant?, readAt: Instant, body: String) {
        self.origin = origin
        self.receivedAt = receivedAt
        self.readAt = readAt
        self.body = body
    }

    package var value: Value {
        var object: Value.Object = ["read_at": .string(readAt.iso8601)]
        if let account = origin.account { object["account"] = .string(account) }
        if let vendor = origin.vendor { object["vendor"] = .string(vendor.rawValue) }
        if let time = receivedAt { object["received_at"] = .string(time.iso8601) }
        object["body"] = .string(body)
        return .object(object)
    }

    init(_ value: Value) throws(ControlRequestError) {
        let members = Members(value: value)
        guard let body = try members.text("body") else { throw ControlRequestError("`body` is missing") }
        guard let readAt = try members.time("read_at") else { throw ControlRequestError("`read_at` is missing") }
        self.init(
            origin: CaptureOrigin(account: try members.text("account"), vendor: try members.vendor("vendor")),
            receivedAt: try members.time("received_at"), readAt: readAt, body: body)
    }
}
