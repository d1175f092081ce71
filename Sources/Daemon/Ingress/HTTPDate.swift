import Model
import Synchronization

/// The form of a time in the head of an answer: `Sun, 06 Nov 1994 08:49:37 GMT`. RFC 9110, 5.6.7.
enum HTTPDate {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ instant: Instant) -> String {
        let time = LocalTime(instant, offsetSeconds: 0)
        // 1 January 1970 was a Thursday.
        let day = days[((time.date.daysSinceEpoch % 7) + 7) % 7]
        let month = months[(time.date.month - 1) % 12]
        let number = time.date.day < 10 ? "0\(time.date.day)" : "\(time.date.day)"
        return "\(day), \(number) \(month) \(time.date.year) \(time.timeText) GMT"
    }
}

/// Texts of `HTTPDate`, which is the same for all answers of a second.
final class HTTPDateTexts: Sendable {
    private let last = Mutex<(second: Int64, text: String)?>(nil)

    func text(_ instant: Instant) -> String {
        let (quotient, rest) = instant.milliseconds.quotientAndRemainder(dividingBy: 1000)
        let second = rest < 0 ? quotient - 1 : quotient
        return last.withLock { last in
            if let last, last.second == second { return last.text }
            let text = HTTPDate.text(instant)
            last = (second, text)
            return text
        }
    }
}
