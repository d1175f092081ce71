import Delivery
import Model
import VendorKit

/// Makes reading calls of one account, one after the other, and says what came of each in words that hold no secret.
struct OnlineCaller: Sendable {
    /// What came of one call.
    enum Result: Sendable {
        case answer(VendorResponse)
        /// 401 or 403, with the vendor's words.
        case unauthorized(String)
        /// Any other refusal.
        case refused(String)
        /// The vendor is not there, fails, or wants to be left alone for too long.
        case unreachable(String)
    }

    let vendor: any Vendor
    let transport: any Transport
    /// Of the account's API, by configuration key.
    let secrets: [String: String]
    let wording: OnlineWording
    let timeoutMilliseconds: Int64
    let clock: @Sendable () -> Instant
    let sleep: @Sendable (Duration) async throws -> Void

    /// A vendor that asks for more is not waited for.
    static let longestWait = Duration.seconds(30)
    /// When a vendor throttles and does not say how long.
    private static let untoldWait = Duration.seconds(1)

    /// Sends a request; once more when the vendor asks to wait and the wait is short.
    func result(of request: VendorRequest) async -> Result {
        var request = request
        request.timeoutMilliseconds = timeoutMilliseconds
        let first = await attempt(request)
        guard case .throttled(let wait) = first else { return settled(first) }
        guard wait <= Self.longestWait else { return settled(first) }
        do { try await sleep(wait) } catch { return settled(first) }
        return settled(await attempt(request))
    }

    private enum Attempt {
        case settled(Result)
        case throttled(Duration)
    }

    private func attempt(_ request: VendorRequest) async -> Attempt {
        switch await transport.send(request, secrets: secrets) {
        case .notSent(let why), .lost(let why): return .settled(.unreachable(wording.shown(why)))
        case .response(let response):
            switch vendor.outcome(of: response, to: request) {
            case .done: return .settled(.answer(response))
            case .throttled(let milliseconds): return .throttled(wait(milliseconds, asked: response))
            case .refused(.unauthorized, let message): return .settled(.unauthorized(wording.shown(message)))
            case .refused(_, let message): return .settled(.refused(wording.shown(message)))
            case .retry, .uncertain: return .settled(.unreachable("it answers HTTP \(response.status)"))
            }
        }
    }

    private func settled(_ attempt: Attempt) -> Result {
        switch attempt {
        case .settled(let result): result
        case .throttled(let wait):
            .unreachable(
                "it takes no more calls now: it asks to wait \(max(1, (wait.wholeMilliseconds / 1000))) s"
                    + (wait <= Self.longestWait ? ", and did so again after that" : ""))
        }
    }

    private func wait(_ told: Int64?, asked response: VendorResponse) -> Duration {
        if let told { return .milliseconds(max(0, told)) }
        let now = clock()
        if let header = response.headers["retry-after"].flatMap({ RetryAfter.milliseconds($0, now: now) }) {
            return .milliseconds(header)
        }
        let limit = vendor.rateLimit(told: response)?.wait(at: now) ?? .zero
        return limit > .zero ? limit : Self.untoldWait
    }
}

/// Makes what vendors say fit to be shown: without the account's secrets, on one line, and not endless.
struct OnlineWording: Sendable {
    private let redactor: Redactor

    private static let longest = 200

    init(secrets: some Sequence<String>) { redactor = Redactor(secrets) }

    func shown(_ text: String) -> String {
        let scalars = redactor.redacted(text).unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: " "
            default: scalar
            }
        }
        let clean = String(String.UnicodeScalarView(scalars))
        return clean.count > Self.longest ? clean.prefix(Self.longest) + "…" : clean
    }

    func shown(_ finding: OnlineFinding) -> OnlineFinding {
        OnlineFinding(id: shown(finding.id), name: finding.name.map(shown), note: finding.note.map(shown))
    }
}
