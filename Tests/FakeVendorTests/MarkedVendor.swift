import JSON
import Model
import TestSupport
import VendorKit

/// A vendor of the product whose requests say for which effect they are, in headers that no vendor knows.
struct MarkedVendor<Real: Vendor>: Vendor {
    static var profile: VendorProfile { Real.profile }
    static var secretIsInBody: Bool { Real.secretIsInBody }
    static var reply: WebhookReply { Real.reply }
    static var outcomes: OutcomeTable { Real.outcomes }
    static var documentedRate: RateLimit? { Real.documentedRate }

    private let real = Real()

    func recognizes(_ body: JSONElement) -> Bool { real.recognizes(body) }

    func presentedSecrets(in request: WebhookRequest, body: JSONElement?) -> [[UInt8]] {
        real.presentedSecrets(in: request, body: body)
    }

    func handshake(_ body: JSONElement) -> WebhookReply? { real.handshake(body) }

    func events(in body: JSONElement, context: DecodingContext) -> [Event] { real.events(in: body, context: context) }

    func request(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest {
        try real.request(for: effect, account: account).marked(effect)
    }

    func outcome(of response: VendorResponse, to request: VendorRequest) -> DeliveryOutcome {
        real.outcome(of: response, to: request)
    }

    func preparation(for effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try real.preparation(for: effect, account: account)?.marked(effect)
    }

    func request(
        for effect: Effect, account: Account, after prepared: VendorResponse
    ) throws(ActionError) -> VendorRequest? {
        try real.request(for: effect, account: account, after: prepared)?.marked(effect)
    }

    func readBack(of effect: Effect, account: Account) throws(ActionError) -> VendorRequest? {
        try real.readBack(of: effect, account: account)?.marked(effect)
    }

    func isDone(_ effect: Effect, readBack: VendorResponse) -> Bool? { real.isDone(effect, readBack: readBack) }

    func rateLimit(told response: VendorResponse) -> RateLimit? { real.rateLimit(told: response) }

    func probes(account: Account) -> [OnlineProbe] { real.probes(account: account) }
}

extension VendorRequest {
    fileprivate func marked(_ effect: Effect) -> VendorRequest {
        var request = self
        request.headers += [
            Header("X-Test-Effect", .text(effect.key), isShown: false),
            Header("X-Test-Account", .text(effect.target.account), isShown: false),
        ]
        return request
    }

    func mark(_ name: String) -> String? {
        let header = headers.first { $0.name == "X-Test-" + name }
        if case .text(let text) = header?.value { return text }
        return nil
    }
}
