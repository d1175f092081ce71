import JSON
import Model
import VendorKit

/// A request as it goes over the wire: secrets filled in, header lines complete, the body as bytes. It holds secrets and
/// lives only as long as its call.
struct WireRequest: Sendable, Hashable {
    var method: String
    var url: String
    /// `Name: value`, content type included; without what libcurl adds (Host, User-Agent, Accept, Content-Length).
    var headerLines: [String]
    /// Nil for a request without a body.
    var body: [UInt8]?
    var timeoutMilliseconds: Int64
    var addressGuard: AddressGuard?

    static let defaultTimeoutMilliseconds: Int64 = 10_000
    /// One day: longer ones are cut.
    static let longestTimeoutMilliseconds: Int64 = 86_400_000

    /// - Throws: a sentence for people without a secret.
    init(_ request: VendorRequest, secrets: [String: String]) throws(ActionError) {
        if let obstacle = Self.obstacle(to: request) { throw ActionError(obstacle) }
        addressGuard = request.addressGuard
        method = request.method
        url = request.url
        body = request.body.map(Self.bytes)
        let timeout = request.timeoutMilliseconds ?? Self.defaultTimeoutMilliseconds
        timeoutMilliseconds = min(max(timeout, 1), Self.longestTimeoutMilliseconds)
        headerLines = []
        if let type = Self.contentType(of: request) { headerLines.append("Content-Type: \(type)") }
        for header in request.headers {
            let value = try Self.text(of: header, secrets: secrets)
            // libcurl takes `Name:` for a header to leave out, and `Name;` for one without a value.
            headerLines.append(value.allSatisfy { $0 == " " } ? "\(header.name);" : "\(header.name): \(value)")
        }
    }

    /// Why a request cannot be sent, whatever its secrets are; nil when it can.
    static func obstacle(to request: VendorRequest) -> String? {
        guard isToken(request.method) else { return "the method is no word" }
        for header in request.headers {
            guard isToken(header.name) else { return "the name of a header has a character that is not allowed there" }
            guard !reservedNames.contains(header.name.lowercased()) else {
                return "the header \(header.name) cannot be set: the transport sets it"
            }
            if case .text(let text) = header.value, !isHeaderValue(text) {
                return "the header \(header.name) has a line break or another control character"
            }
        }
        do { _ = try CurlURL(request.url) } catch { return error.message }
        return nil
    }

    /// Headers that say where a message ends or who speaks to whom: wrong ones would desynchronise the connection.
    private static let reservedNames: Set<String> = [
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
        "proxy-connection", "proxy-authorization",
    ]

    private static func text(of header: VendorRequest.Header, secrets: [String: String]) throws(ActionError) -> String {
        switch header.value {
        case .text(let text): return text
        case .secret(let name, let prefix):
            guard let secret = secrets[name], !secret.isEmpty else {
                throw ActionError("the account has no secret \(name)")
            }
            guard isHeaderValue(prefix), isHeaderValue(secret) else {
                throw ActionError("the secret \(name) has a line break or another control character")
            }
            return prefix + secret
        }
    }

    private static func contentType(of request: VendorRequest) -> String? {
        guard !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) else { return nil }
        switch request.body {
        case .json: return "application/json"
        case .form: return "application/x-www-form-urlencoded"
        case .text: return "text/plain; charset=utf-8"
        case nil: return nil
        }
    }

    private static func bytes(_ body: VendorRequest.Body) -> [UInt8] {
        switch body {
        case .json(let json): JSONWriter.bytes(json)
        case .form(let form): Array(formText(form).utf8)
        case .text(let text): Array(text.utf8)
        }
    }

    /// `key=value&key=value`; an array repeats its key, an object is its JSON text, null is empty.
    private static func formText(_ form: Value.Object) -> String {
        let pairs = form.entries.flatMap { entry in
            (entry.value.array ?? [entry.value]).map { URLText.encoded(entry.key) + "=" + URLText.encoded(formText($0)) }
        }
        return pairs.joined(separator: "&")
    }

    private static func formText(_ value: Value) -> String {
        if value.isNull { return "" }
        return value.text ?? JSONWriter.string(value)
    }

    /// A method or a header's name. Source: RFC 9110, section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    private static func isHeaderValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}
