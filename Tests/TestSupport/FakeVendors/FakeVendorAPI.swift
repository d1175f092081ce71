/// A vendor's documented HTTP API as a value: what it holds, what it answers, what a call changes. It is written from the
/// vendor's documentation alone, never from what the product sends: it is the independent check of that.
package protocol FakeVendorAPI: Sendable {
    /// Where its API begins below the host: `/v3`.
    static var basePath: String { get }

    /// Every call that it documents.
    static var routes: [FakeRoute<Self>] { get }

    /// What a sender must configure, by the names of the configuration.
    var secrets: [String: String] { get }
    var settings: [String: String] { get }

    /// Nil when the credentials are right; else the vendor's answer to them.
    func refusal(ofCredentialsIn request: FakeRequest) -> FakeReply?

    /// What else is wrong with the headers of a call with the right credentials, as sentences.
    func faults(inHeadersOf request: FakeRequest, hasBody: Bool) -> [String]

    /// The vendor's answer of a failing status, as documented.
    /// - Parameter message: what it says about it; the vendor may show it or not.
    func failure(_ status: Int, _ message: String) -> FakeReply

    /// The status of a call whose parameters are not what is documented.
    static var invalidStatus: Int { get }

    /// Counts a call against the rate limit: nil when it is within, else the vendor's refusal.
    mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply?

    /// What every answer says about the rate limit.
    func limitHeaders(_ request: FakeRequest, operation: String) -> [FakeRequest.Field]
}

extension FakeVendorAPI {
    package var settings: [String: String] { [:] }
    package static var invalidStatus: Int { 400 }
    package mutating func admit(_ request: FakeRequest, operation: String) -> FakeReply? { nil }
    package func limitHeaders(_ request: FakeRequest, operation: String) -> [FakeRequest.Field] { [] }
}

/// One documented call.
package struct FakeRoute<API: FakeVendorAPI>: Sendable {
    package var method: String
    /// Below the base path; `{name}` takes one segment: `chats/{chat}/messages`.
    package var pattern: String
    package var query: [FakeQueryItem]
    /// Nil: it has no body.
    package var body: FakeShape?
    package var needsCredentials: Bool
    package var answer: @Sendable (API, FakeCall) -> FakeAnswer<API>
    private let parts: [Part]

    private enum Part: Sendable {
        case word(String)
        /// One segment that begins so.
        case name(String, prefix: String)

        init(_ text: Substring) {
            guard let open = text.firstIndex(of: "{"), text.hasSuffix("}") else {
                self = .word(String(text))
                return
            }
            self = .name(String(text[text.index(after: open)...].dropLast()), prefix: String(text[..<open]))
        }
    }

    package init(
        _ method: String, _ pattern: String, query: [FakeQueryItem] = [], body: FakeShape? = nil,
        needsCredentials: Bool = true, _ answer: @escaping @Sendable (API, FakeCall) -> FakeAnswer<API>
    ) {
        self.method = method
        self.pattern = pattern
        self.query = query
        self.body = body
        self.needsCredentials = needsCredentials
        self.answer = answer
        parts = pattern.split(separator: "/").map(Part.init)
    }

    package var operation: String { "\(method) \(pattern)" }

    /// What the pattern's names stand for; nil for another path.
    func captures(_ path: [String]) -> [String: String]? {
        guard parts.count == path.count else { return nil }
        var captures: [String: String] = [:]
        for (part, segment) in zip(parts, path) {
            switch part {
            case .word(let word):
                guard word == segment else { return nil }
            case .name(let name, let prefix):
                guard segment.hasPrefix(prefix), segment.utf8.count > prefix.utf8.count else { return nil }
                captures[name] = String(segment.dropFirst(prefix.count))
            }
        }
        return captures
    }
}

package struct FakeQueryItem: Sendable {
    package var name: String
    package var isRequired: Bool
    package var mayRepeat: Bool
    /// True for a value that is allowed.
    package var allows: @Sendable (String) -> Bool

    package init(
        _ name: String, isRequired: Bool = false, mayRepeat: Bool = false,
        allows: @escaping @Sendable (String) -> Bool = { !$0.isEmpty }
    ) {
        self.name = name
        self.isRequired = isRequired
        self.mayRepeat = mayRepeat
        self.allows = allows
    }
}

/// A call whose credentials, path, query and body are as documented.
package struct FakeCall: Sendable {
    package var request: FakeRequest
    package var captures: [String: String]
    package var query: [FakeRequest.Field]
    package var body: FakeJSON

    package func capture(_ name: String) -> String { captures[name] ?? "" }
    package func query(_ name: String) -> String? { query.first { $0.name == name }?.value }
    package func queries(_ name: String) -> [String] { query.filter { $0.name == name }.map(\.value) }
    package subscript(key: String) -> FakeJSON? { body[key] }
}

/// What a vendor does with a call.
package struct FakeAnswer<API: FakeVendorAPI>: Sendable {
    package var reply: FakeReply
    package var conversation: String?
    /// The sender's key for the call.
    package var key: String?
    /// What a customer would see of it.
    package var text: String?
    /// What is not as documented although its shape is, as a sentence.
    package var complaint: String?
    /// True when the vendor knows the key already: nothing is done again.
    package var isRepeat = false
    /// Nil when nothing changes, because the vendor refuses or has it already.
    package var change: (@Sendable (inout API) -> Void)?

    /// Nothing changes.
    package static func says(_ reply: FakeReply, in conversation: String? = nil) -> FakeAnswer {
        FakeAnswer(reply: reply, conversation: conversation)
    }

    package static func does(
        _ reply: FakeReply, in conversation: String? = nil, _ change: @escaping @Sendable (inout API) -> Void
    ) -> FakeAnswer {
        FakeAnswer(reply: reply, conversation: conversation, change: change)
    }
}
