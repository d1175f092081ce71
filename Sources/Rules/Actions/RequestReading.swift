import Model

/// Readers of what `http` and `call` share.
extension DecodingScope {
    private static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]

    /// The method; without one, `POST` for a request with a body and `GET` for another.
    func method(_ entry: RuleNode.Entry?, hasBody: Bool, isWhole: inout Bool) -> String {
        let byDefault = hasBody ? "POST" : "GET"
        guard let entry else { return byDefault }
        guard let method = word(entry.value, among: Self.methods, what: "method of HTTP") else {
            isWhole = false
            return byDefault
        }
        return method
    }

    func json(_ entry: RuleNode.Entry?, isWhole: inout Bool) -> ValueTemplate? {
        guard let entry else { return nil }
        let json = ValueTemplate(entry.value, numbers: .json, in: self)
        if json == nil { isWhole = false }
        return json
    }

    /// Reports a URL whose scheme and host are not written out.
    func isURL(_ url: Template, at node: RuleNode) -> Bool {
        let lower = url.source.lowercased()
        guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else {
            error(
                .badValue, "the URL does not begin with `https://` or `http://`", at: node,
                help: "write scheme and host as they are: a template may fill in what follows them")
            return false
        }
        let rest = url.constantPrefix.unicodeScalars.dropFirst(scheme.count)
        let authority = rest.prefix { !"/?#".unicodeScalars.contains($0) }
        guard authority.endIndex < rest.endIndex || url.isConstant else {
            error(
                .badValue, "the URL's host may not come from a template", at: node,
                help: "write the host as it is, and a `/` behind it")
            return false
        }
        guard Self.isAuthority(authority) else {
            error(
                .badValue, "the URL names no host that can be called", at: node,
                help: "write `https://erp.example.org/…`; credentials belong into a header")
            return false
        }
        return isWritable(url, what: "URL", at: node)
    }

    /// A host, in ASCII, and perhaps a port. No user: what stands before an `@` looks like the host and is none.
    private static func isAuthority(_ text: Substring.UnicodeScalarView) -> Bool {
        guard let first = text.first, first != ":" else { return false }
        return text.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || "0123456789-._:[]".unicodeScalars.contains(scalar))
        }
    }

    /// Reports a path that is not below the base URL.
    func isPath(_ path: Template, at node: RuleNode) -> Bool {
        guard !path.constantPrefix.hasPrefix("//"), !path.constantPrefix.contains("://") else {
            error(
                .badValue, "the path names a host: a call goes to the vendor's API only", at: node,
                help: "write the path below the base URL of the vendor's API: `/chats/{{conversation.id}}`")
            return false
        }
        return isWritable(path, what: "path", at: node)
    }

    /// Reports white space and control characters in what is written out; values are encoded.
    private func isWritable(_ template: Template, what: String, at node: RuleNode) -> Bool {
        let isFree = template.constantTexts.allSatisfy { text in
            text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value >= 0x20 && $0.value != 0x7F }
        }
        if !isFree {
            error(.badValue, "the \(what) holds a blank or a line break", at: node, help: "write a blank as `%20`")
        }
        return isFree
    }
}
