/// Bytes that somebody sends to an HTTP server, to be followed by a request that is in order (the marker).
package struct RawRequest: Sendable, CustomStringConvertible {
    package var name: String
    package var bytes: [UInt8]
    package var verdict: Verdict

    package enum Verdict: Sendable, Hashable {
        /// Answered with that status alone, and closed: nothing is executed, the marker neither.
        case refused(Int)
        /// Requests that are read as they are meant, and the marker after them.
        case requests(Int)
        /// One request that is read as it is meant, and says that nothing comes after it.
        case last
    }

    package var description: String { name }

    package init(_ name: String, _ text: String, _ verdict: Verdict) {
        self.init(name, Array(text.utf8), verdict)
    }

    package init(_ name: String, _ bytes: [UInt8], _ verdict: Verdict) {
        self.name = name
        self.bytes = bytes
        self.verdict = verdict
    }
}

/// The requests of which one may be hidden in another.
package enum RawSite {
    package static let secret = "0123456789abcdef-raw"

    /// Its account is of Rocket.Chat, and answers 401.
    package static let front = "/webhooks/front"

    /// Authentic, for an account of OmniChat that nobody else writes to. Executing it is the fault that is looked for.
    package static let hidden = post(
        "/webhooks/hidden/\(secret)",
        #"{"objectId":"m1","resource":"Message","event":"CREATE","payload":{"objectId":"m1","chat":{"objectId":"c"}}}"#)

    /// Authentic, for an account of Channel Talk; says that it is the last.
    package static let marker = post(
        "/webhooks/marker?token=\(secret)", #"{"event":"push","type":"message","entity":{"id":"m1"}}"#,
        fields: ["Connection: close"])

    package static func post(_ target: String, _ body: String, fields: [String] = []) -> String {
        let lines = ["POST \(target) HTTP/1.1", "Host: localhost", "Content-Length: \(body.utf8.count)"] + fields
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    /// A request with these lines of its head besides `Host`.
    package static func request(
        _ fields: [String], _ body: String = "", first: String = "POST \(front) HTTP/1.1", host: [String] = ["Host: localhost"]
    ) -> String {
        ([first] + host + fields).joined(separator: "\r\n") + "\r\n\r\n" + body
    }
}
