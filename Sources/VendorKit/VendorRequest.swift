package import Model

/// One HTTP call of a vendor's API or of a user's system, complete but for its secrets, which stand in it by name.
package struct VendorRequest: Sendable, Hashable {
    package var method: String
    package var url: String
    /// In the order in which they are shown and sent; some are not shown. A JSON or form body's content type is not among
    /// them: the transport adds it.
    package var headers: [Header]
    package var body: Optional<Body>
    /// True when the vendor folds a repeat of the same request (a key of ours is in it): then a doubtful outcome is settled
    /// by sending it again.
    package var isIdempotent: Bool
    /// Milliseconds for the whole call; nil for the default of 10 s.
    package var timeoutMilliseconds: Optional<Int64>
    /// Which addresses the call may reach; nil for any, where the host comes from the configuration of an account.
    package var addressGuard: Optional<AddressGuard>

    package struct Header: Sendable, Hashable {
        package var name: String
        package var value: HeaderValue
        /// False for one that is the same in every call of the vendor and says nothing to people, such as `Accept`.
        package var isShown: Bool

        package init(_ name: String, _ value: HeaderValue, isShown: Bool = true) {
            self.name = name
            self.value = value
            self.isShown = isShown
        }
    }

    package enum HeaderValue: Sendable, Hashable {
        case text(String)
        /// A secret of the account by its configuration key (`token`, `key`, `secret`), with what stands before it
        /// (`Bearer `). Filled in right before sending; shown as `[redacted]`.
        case secret(String, prefix: String)

        package static func secret(_ name: String) -> HeaderValue { .secret(name, prefix: "") }
    }

    package enum Body: Sendable, Hashable {
        case json(Value)
        case form(Value.Object)
        case text(String)
    }

    package init(
        method: String, url: String, headers: [Header] = [], body: Body? = nil, isIdempotent: Bool = false,
        timeoutMilliseconds: Int64? = nil, addressGuard: AddressGuard? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.isIdempotent = isIdempotent
        self.timeoutMilliseconds = timeoutMilliseconds
        self.addressGuard = addressGuard
    }

    /// The URL without its query.
    package var path: String {
        String(decoding: url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }, as: UTF8.self)
    }

    /// What people see: `{method, url, headers, json | form | body}`, secrets as `[redacted]`.
    package var value: Value {
        var object: Value.Object = ["method": .string(method), "url": .string(url)]
        var shown = Value.Object()
        for header in headers where header.isShown {
            switch header.value {
            case .text(let text): shown[header.name] = .string(text)
            case .secret: shown[header.name] = "[redacted]"
            }
        }
        object["headers"] = .object(shown)
        switch body {
        case .json(let json): object["json"] = json
        case .form(let form): object["form"] = .object(form)
        case .text(let text): object["body"] = .string(text)
        case nil: break
        }
        return .object(object)
    }
}

/// An answer, or what came instead of one.
package struct VendorResponse: Sendable, Hashable {
    package var status: Int
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// What happened to a call, by what is to be done next.
package enum DeliveryOutcome: Sendable, Hashable {
    /// Done; the vendor's id of what it made, where it tells one.
    case done(remoteID: String?)
    /// Not processed, and worth another try.
    case retry(FailureReason)
    /// Not processed, because of a rate limit; wait at least that long (milliseconds) when it is told.
    case throttled(afterMilliseconds: Int64?)
    /// Refused for good.
    case refused(FailureReason, message: String)
    /// It may have been processed.
    case uncertain(FailureReason)
}

/// Why no request can be made for an effect.
package struct ActionError: Error, Sendable, Hashable {
    /// A sentence in lower case without a full stop: what is missing and where to give it.
    package let message: String

    package init(_ message: String) { self.message = message }
}
