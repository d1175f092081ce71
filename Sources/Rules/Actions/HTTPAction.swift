package import Model

/// `http`: a call of a system of the user's own.
package struct HTTPAction: ActionTemplate {
    package static let kind = ActionKind.http
    package static let reference = Reference(
        key: "http", value: "`{ method, url, headers, json | form | body, timeout, save: var }`",
        meaning: """
            Calls a system of yours whose host is on the configuration's allow list. `method` is `POST` with a body, else \
            `GET`, when it is left out; `timeout` is at most 60s; `save` keeps the answer in a variable: `status`, \
            `headers`, and `json` or `text`. Values in `url` are percent-encoded as one segment; scheme and host are never \
            filled in. A header that comes out with a line break holds the action back.
            """,
        example: #"http: { url: "https://erp.example.org/orders/{{vars.order}}", save: info }"#)

    private let method: String
    private let url: Template
    private let headers: TextMapping
    private let body: HTTPBodyTemplate?
    private let timeout: Duration?
    private let save: String?

    private static let keys = ["method", "url", "headers", "json", "form", "body", "timeout", "save"]

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let entries = scope.mapping(value, known: Self.keys, required: ["url"], what: "`http`") else { return nil }
        var isWhole = true
        let url = scope.template(entries["url"], isWhole: &isWhole)
        if let url, let entry = entries["url"] { isWhole = scope.isURL(url, at: entry.value) && isWhole }
        let headers = scope.headers(entries["headers"], isWhole: &isWhole)
        let body = scope.body(entries, in: value, isWhole: &isWhole)
        let method = scope.method(entries["method"], hasBody: body != nil, isWhole: &isWhole)
        let timeout = scope.timeout(entries["timeout"], isWhole: &isWhole)
        let save = scope.savedVariable(entries["save"], isWhole: &isWhole)
        guard isWhole, let url else { return nil }
        (self.method, self.url, self.headers) = (method, url, headers)
        (self.body, self.timeout, self.save) = (body, timeout, save)
    }

    package func rendered(_ subject: Subject) -> RenderedAction {
        let headers = headers.rendered(subject)
        let call = Action.http(
            self.call(
                url: url.rendered(subject, encoding: .urlSegment), headers: headers, body: body?.rendered(subject)))
        let mayLeave = headers.entries.allSatisfy { HeaderField.isValue($0.value.string ?? "") }
        return mayLeave ? .action(call) : .suppressed(.header, call)
    }

    package var outline: Action { .http(call(url: url.source, headers: headers.outline, body: body?.outline)) }

    private func call(url: String, headers: Value.Object, body: HTTPBody?) -> HTTPCall {
        HTTPCall(
            method: method, url: url, headers: headers, body: body, timeoutMilliseconds: timeout?.wholeMilliseconds,
            save: save)
    }
}

private enum HTTPBodyTemplate: Sendable {
    case json(ValueTemplate)
    case form(TextMapping)
    case text(Template)

    func rendered(_ subject: Subject) -> HTTPBody {
        switch self {
        case .json(let value): .json(value.rendered(subject))
        case .form(let fields): .form(fields.rendered(subject))
        case .text(let text): .text(text.rendered(subject))
        }
    }

    var outline: HTTPBody {
        switch self {
        case .json(let value): .json(value.outline)
        case .form(let fields): .form(fields.outline)
        case .text(let text): .text(text.source)
        }
    }
}

/// What may stand in a header of a request.
private enum HeaderField {
    /// Set from the URL and the body; one written by hand could lead a request elsewhere or cut it in two.
    static let reserved = ["connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"]

    /// RFC 9110, section 5.6.2: a token.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
                }
            }
    }

    /// No line break, and no other control character: the transport sends none.
    static func isValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}

extension DecodingScope {
    fileprivate func headers(_ entry: RuleNode.Entry?, isWhole: inout Bool) -> TextMapping {
        guard let entry else { return TextMapping() }
        var seen: Set<String> = []
        let headers = TextMapping(entry.value, what: "Header", in: self) { isHeader($0, seen: &seen) }
        if headers == nil { isWhole = false }
        return headers ?? TextMapping()
    }

    private func isHeader(_ entry: RuleNode.Entry, seen: inout Set<String>) -> Bool {
        let name = entry.key.lowercased()
        if !HeaderField.isName(entry.key) {
            error(
                .badValue, "'\(entry.key)' is no name of a header", atKeyOf: entry,
                help: "a name is made of letters, digits and hyphens, and holds no template")
        } else if HeaderField.reserved.contains(name) {
            error(.badValue, "the header '\(entry.key)' cannot be set", atKeyOf: entry, help: "leave it out: it is set by itself")
        } else if let text = entry.value.scalar?.text, !HeaderField.isValue(text) {
            error(
                .badValue, "the header '\(entry.key)' has a line break or another control character", at: entry.value,
                help: "write it on one line, without tabs")
        } else if !seen.insert(name).inserted {
            error(
                .duplicateKey, "the header '\(entry.key)' stands here twice", atKeyOf: entry,
                help: "upper and lower case do not count")
        } else {
            return true
        }
        return false
    }

    /// At most one of `json`, `form` and `body`.
    fileprivate func body(
        _ entries: [String: RuleNode.Entry], in node: RuleNode, isWhole: inout Bool
    ) -> HTTPBodyTemplate? {
        let written = (node.mapping ?? []).filter { ["json", "form", "body"].contains($0.key) }
        for extra in written.dropFirst() {
            error(
                .badValue, "`\(extra.key)` cannot stand beside `\(written[0].key)`", atKeyOf: extra,
                help: "a request has one body: leave one of them out")
            isWhole = false
        }
        let json = json(entries["json"], isWhole: &isWhole).map(HTTPBodyTemplate.json)
        let text = template(entries["body"], .value, isWhole: &isWhole).map(HTTPBodyTemplate.text)
        var form: HTTPBodyTemplate?
        if let entry = entries["form"] {
            form = TextMapping(entry.value, what: "field", in: self).map(HTTPBodyTemplate.form)
            isWhole = isWhole && form != nil
        }
        return json ?? form ?? text
    }

    fileprivate func timeout(_ entry: RuleNode.Entry?, isWhole: inout Bool) -> Duration? {
        guard let entry else { return nil }
        guard let timeout = duration(entry.value) else {
            isWhole = false
            return nil
        }
        if timeout > .seconds(60) {
            error(.badValue, "a timeout over a minute is too long", at: entry.value, help: "write at most `60s`")
            isWhole = false
        }
        return timeout
    }

    fileprivate func savedVariable(_ entry: RuleNode.Entry?, isWhole: inout Bool) -> String? {
        guard let entry else { return nil }
        guard let name = text(entry.value), setsVariable(named: name, at: entry.value) else {
            isWhole = false
            return nil
        }
        return name
    }
}
