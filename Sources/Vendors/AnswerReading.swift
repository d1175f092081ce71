import JSON
import Model
import VendorKit

extension VendorResponse {
    /// What an answer means by its status alone: what every vendor's answers have in common.
    ///
    /// 2xx done · 401, 403 refused for good as `unauthorized` · 408 worth another try · 429, and 503 with a time to wait,
    /// throttled · every other 5xx uncertain: a server that fails may have done its work before · the rest refused.
    func outcome(remoteID: String? = nil, message: String? = nil) -> DeliveryOutcome {
        switch status {
        case 200..<300: .done(remoteID: remoteID)
        case 401, 403: .refused(.unauthorized, message: refusal(message))
        case 408: .retry(.timeout)
        case 429: .throttled(afterMilliseconds: waitMilliseconds)
        case 503: waitMilliseconds.map { .throttled(afterMilliseconds: $0) } ?? .uncertain(.serverError)
        case 500...: .uncertain(.serverError)
        default: .refused(.refused, message: refusal(message))
        }
    }

    /// The body where it is JSON, else nil.
    var json: JSONElement? { try? JSONDocument(body).root }

    /// How long the vendor asks to wait: `Retry-After` in seconds or as a date, which the answer's own `Date` is
    /// subtracted from. Nil when it tells none that can be read.
    var waitMilliseconds: Int64? {
        guard let text = headers["retry-after"] else { return nil }
        if let seconds = Int64(text.trimmed) { return Self.milliseconds(seconds: seconds) }
        return Instant(httpDate: text).flatMap { wait(until: $0) }
    }

    /// From the answer's `Date` until then; nil without such a header, 0 when it is past.
    func wait(until instant: Instant) -> Int64? {
        guard let date = headers["date"].flatMap({ Instant(httpDate: $0) }) else { return nil }
        return max(0, instant.since(date).wholeMilliseconds)
    }

    private static func milliseconds(seconds: Int64) -> Int64 {
        max(0, Instant(seconds: seconds).milliseconds)
    }

    private static let maxMessage = 200

    private func refusal(_ message: String?) -> String {
        guard let message, !message.isEmpty else { return "HTTP \(status)" }
        return "HTTP \(status): \(message.prefix(Self.maxMessage))"
    }
}

extension Instant {
    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the one form that servers may send. Source: RFC 9110, section 5.6.7.
    init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])),
            let day = Int(parts[1]), let year = Int(parts[3]), let date = LocalDate(year: year, month: month + 1, day: day),
            let instant = Instant(iso8601: "\(date.iso8601)T\(parts[4])Z")
        else { return nil }
        self = instant
    }
}

extension String {
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
