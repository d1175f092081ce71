import JSON
import Model
import VendorKit

extension VendorResponse {
    /// The body where it is JSON, else nil.
    var json: JSONElement? { try? JSONDocument(body).root }

    /// As a row of the outcome table looks at it, with the time to wait from `Retry-After`.
    func read(
        to request: VendorRequest, code: String? = nil, remoteID: String? = nil, message: String? = nil
    ) -> ReadAnswer {
        ReadAnswer(
            self, to: request, code: code, asksToWait: asksToWait, waitMilliseconds: waitMilliseconds, remoteID: remoteID,
            message: message)
    }

    /// True for a `Retry-After` that can be read, also where only a clock could tell how long that is.
    private var asksToWait: Bool {
        headers["retry-after"].map { Int64($0.trimmed) != nil || Instant(httpDate: $0) != nil } ?? false
    }

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
