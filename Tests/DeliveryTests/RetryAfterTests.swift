import Delivery
import Model
import Testing

@Suite struct RetryAfterTests {
    /// 1994-11-06T08:49:07Z, half a minute before the RFC's example date.
    private let now = Instant(milliseconds: 784_111_747_000)

    @Test(
        arguments: [
            ("0", 0),
            ("5", 5_000),
            ("  120 ", 120_000),
            ("1.5", 2_000),
            ("2.0", 2_000),
            ("1000000000", 1_000_000_000_000),
            ("99999999999999999999999999", .max),
            ("9223372036854775807", .max),
            ("Sun, 06 Nov 1994 08:49:37 GMT", 30_000),
            ("Sunday, 06-Nov-94 08:49:37 GMT", 30_000),
            ("Sun Nov  6 08:49:37 1994", 30_000),
            ("06 nov 1994 08:49:37 gmt", 30_000),
            ("Sun, 06 Nov 1994 08:49:60 GMT", 52_000),
            ("Sat, 05 Nov 1994 08:49:37 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 252_618_189_052_000),
        ] as [(String, Int64)])
    func readsSecondsAndDates(text: String, milliseconds: Int64) {
        #expect(RetryAfter.milliseconds(text, now: now) == milliseconds)
    }

    @Test(arguments: [
        "", " ", "-5", "+5", "soon", "5s", "1,5", "1.2.3", ".5", "5.", "1e3", "5, 7", "0x10", "\u{663}",
        "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "Nov", "Nov 6", "06 Nov",
        "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Nov 99999999999999999999 08:49:37 GMT", "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 99999999999999999999 Nov 1994 08:49:37 GMT",
    ])
    func toleratesJunk(text: String) {
        #expect(RetryAfter.milliseconds(text, now: now) == nil)
    }
}
