package import JSON
package import Model

/// One chat vendor: how its webhooks are authenticated and read, and how effects become calls of its API.
///
/// Everything here is pure: no clock, no network, no configuration beyond the `Account`. To add a vendor, add a folder
/// with one conforming type, and its line in `VendorCatalog`.
package protocol Vendor: Sendable {
    static var profile: VendorProfile { get }

    /// True for a vendor that sends its secret inside the JSON body; false unless it says otherwise.
    static var secretIsInBody: Bool { get }

    /// What an accepted webhook is answered with; 200 `{}` unless it says otherwise.
    static var reply: WebhookReply { get }

    init()

    /// True when a body has this vendor's shape. Used where nobody says which vendor a captured payload is from.
    func recognizes(_ body: JSONElement) -> Bool

    /// Every place in which a webhook may show its secret, as it was sent; empty when it shows none. `body` is nil when it
    /// is no JSON object. A vendor whose secret is in the URL or a header must not look at the body.
    func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]]

    /// A request that is answered at once and holds no event (Huggy's handshake); nil for every other.
    /// Only called with an authentic body.
    func handshake(_ body: JSONElement) -> WebhookReply?

    /// The events of an authentic body, in the order in which they are to be decided; at least one: what is not
    /// recognised is one event of kind `other`. Never fails: a decoder takes what it can read. By `context.extent` less of each
    /// may be enough.
    func events(in body: JSONElement, context: DecodingContext) -> [Event]

    /// The call that carries out an effect, with what is known without asking the vendor. Also what `dry-run` prints.
    /// It is sent as it is where `preparation` is nil.
    func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest

    /// What an answer to a call of ours means, by `outcomes`.
    func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome

    /// What `outcome` goes by; only what all vendors have in common unless it says otherwise.
    static var outcomes: OutcomeTable { get }

    /// A body without what it shows of a webhook's secret, also of one that is no longer in use: for captures that leave the
    /// store. The body itself where secrets are never in it.
    func withoutSecrets(_ body: Value) -> Value

    // MARK: Effects that need a read first

    /// A read that an effect needs before its call can be made: the vendor replaces a list that must be merged. Nil for
    /// most effects.
    ///
    /// It changes nothing, so whatever becomes of it leaves no doubt about the effect. By `outcome(of: answer, to: read)`:
    /// done, or refused other than as `unauthorized`: give the answer to `request(for:account:after:)`. Refused as
    /// `unauthorized`, throttled, to be tried again: so is the effect. Uncertain, or no answer at all: try the effect again.
    func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest?

    /// The call that carries out an effect, by the answer to its `preparation`. Nil when nothing is left to do, which is as
    /// good as done. Throws when it must not be made without what the answer should have told.
    ///
    /// For every attempt the read is made anew.
    func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest?

    // MARK: Effects in doubt

    /// A read that shows whether an effect was carried out, to settle a doubt about it; nil where the vendor has none that
    /// proves it. Changes nothing.
    func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest?

    /// What the answer to `readBack` shows. True: it is there, and must not be done again. False: it is not, and may be
    /// done again. Nil: that answer does not tell (every failure is this, and so is an answer of an unknown shape): what
    /// holds without a read-back holds then.
    func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool?

    // MARK: Limits

    /// What an answer tells of the vendor's limits; nil when it tells nothing.
    func rateLimit(told response: VendorResponse) -> RateLimit?

    /// What the vendor documents of its limits for an account without exceptions; nil when there is no number. For people:
    /// what an answer tells goes before it.
    static var documentedRate: RateLimit? { get }

    // MARK: What webhooks do not tell

    /// What the vendor can be asked about an event, in the order in which it is to be asked: only calls that read, and only
    /// what the webhook may lack. An answer that tells the event's conversation or contact may lead to others: they are
    /// asked for anew when it is filled in.
    func lookups(for event: Event, account: Account) -> [Lookup]

    // MARK: Checks against the vendor

    /// Reading calls for `check --online`, in the order in which they are to be made: the credentials first. Only what the
    /// vendor's API is known to have.
    func probes(account: Account) -> [OnlineProbe]
}

extension Vendor {
    package static var outcomes: OutcomeTable { OutcomeTable() }

    package func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? { nil }

    package func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        try request(for: effect, account: account)
    }

    package func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? { nil }

    package func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? { nil }

    package func rateLimit(told response: VendorResponse) -> RateLimit? { nil }

    package static var documentedRate: RateLimit? { nil }

    package func lookups(for event: Event, account: Account) -> [Lookup] { [] }

    package func probes(account: Account) -> [OnlineProbe] { [] }

    package func withoutSecrets(_ body: Value) -> Value { body }

    package func handshake(_ body: JSONElement) -> WebhookReply? { nil }

    /// Verifies, then decodes: nobody can decode a body that was not verified.
    ///
    /// `.unauthorized` for a wrong or missing secret, `.notAnObject` for a body that is no JSON object, or, of one from
    /// strangers, holds more than it may (`WebhookRequest.limits`). Where the secret is
    /// outside the body it is checked first. `isReceiptKnown` is false for a payload from a file: then `now` is only when it
    /// was read. `extent` is how much is wanted of the events; less of them costs less.
    ///
    /// `kept` makes of an authentic body what is kept of it. Events are read from that, so that an id in which the whole body
    /// counts is the same whenever they are read again.
    package func receive(
        _ request: WebhookRequest, account: Account, now: Instant, isReceiptKnown: Bool = true, extent: EventExtent = .whole,
        kept: ([UInt8]) -> [UInt8] = { $0 }
    ) throws(WebhookError) -> Receipt {
        let object = Self.object(in: request)
        if case .secrets(let secrets) = request.trust {
            let presented = presentedSecrets(in: request, body: object)
            guard SecretComparison.matches(presented, anyOf: secrets) else {
                throw object == nil && presented.isEmpty && Self.secretIsInBody ? .notAnObject : .unauthorized
            }
        }
        guard let object else { throw .notAnObject }
        if case .secrets = request.trust, let reply = handshake(object) {
            return Receipt(events: [], reply: reply)
        }
        let body = kept(request.body)
        let read = body == request.body ? object : try Self.object(kept: body)
        let context = DecodingContext(
            account: account, receivedAt: now, isReceiptKnown: isReceiptKnown, raw: body, extent: extent)
        return Receipt(events: events(in: read, context: context), reply: Self.reply, body: body)
    }

    private static func object(in request: WebhookRequest) -> JSONElement? {
        guard let root = request.parsed ?? (try? JSONDocument(request.body))?.root, root.kind == .object else { return nil }
        // What was captured was in order when it came.
        guard case .secrets = request.trust else { return root }
        return try? root.checked(request.limits)
    }

    private static func object(kept body: [UInt8]) throws(WebhookError) -> JSONElement {
        guard let root = (try? JSONDocument(body))?.root, root.kind == .object else { throw .notAnObject }
        return root
    }

    package static var secretIsInBody: Bool { false }

    package static var reply: WebhookReply { .emptyObject }

    package var profile: VendorProfile { Self.profile }
}

/// What a decoder knows besides the body.
package struct DecodingContext: Sendable {
    package let account: Account
    /// When the webhook arrived; the event's time where the payload tells none.
    package let receivedAt: Instant
    /// False when `receivedAt` is only when a file was read: a time in the payload that is near to it is then better.
    package let isReceiptKnown: Bool
    package let raw: [UInt8]
    /// How much of each event is wanted.
    package let extent: EventExtent

    package init(
        account: Account, receivedAt: Instant, isReceiptKnown: Bool = true, raw: [UInt8], extent: EventExtent = .whole
    ) {
        self.account = account
        self.receivedAt = receivedAt
        self.isReceiptKnown = isReceiptKnown
        self.raw = raw
        self.extent = extent
    }

    /// What is wanted of an event by `.header`.
    /// - Parameter contact: of whom it tells; looked at where there is no conversation.
    package func header(
        _ id: String, vendor: VendorID, kind: EventKind, conversation: String?, contact: @autoclosure () -> String?
    ) -> Event {
        Event(
            id: id, vendor: vendor, account: account.id, kind: kind, occurredAt: receivedAt,
            conversation: conversation.map { Conversation(id: $0) },
            contact: conversation == nil ? contact().map { Contact(id: $0) } : nil, raw: raw)
    }
}

/// How much of an event is wanted.
package enum EventExtent: Sendable, Hashable {
    /// Everything that the payload tells.
    case whole
    /// Its id, its kind and its conversation key, which are the same as those of the whole event. Everything else may be
    /// there, or not.
    case header
}

/// What an accepted webhook holds.
package struct Receipt: Sendable, Hashable {
    package var events: [Event]
    package var reply: WebhookReply
    /// What is kept of it, from which the events were read; empty where there are none.
    package var body: [UInt8]

    package init(events: [Event], reply: WebhookReply, body: [UInt8] = []) {
        self.events = events
        self.reply = reply
        self.body = body
    }
}

package enum WebhookError: Error, Sendable, Hashable {
    /// The secret is missing or wrong: 401, always with the same answer.
    case unauthorized
    /// Not JSON, not an object, or more of it than may be: 400, nothing is stored.
    case notAnObject
}
