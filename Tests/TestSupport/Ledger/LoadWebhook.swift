/// One webhook as it goes over the wire.
package struct LoadWebhook: Sendable, Hashable {
    /// With its query.
    package var path: String
    package var headers: [(name: String, value: String)]
    package var body: String

    package init(path: String, headers: [(name: String, value: String)] = [], body: String) {
        self.path = path
        self.headers = headers
        self.body = body
    }

    /// A whole request of HTTP/1.1.
    package var bytes: [UInt8] {
        var text = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for header in headers { text += "\(header.name): \(header.value)\r\n" }
        text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        return Array(text.utf8)
    }

    package static func == (left: LoadWebhook, right: LoadWebhook) -> Bool { left.bytes == right.bytes }
    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}
