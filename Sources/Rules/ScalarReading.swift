import Model

/// Readers of single values. Each reports what is wrong at the node's place and then gives nil.
///
/// Scalars come as text: what a text means is decided here, by what the caller expects, and quotes do not count.
extension DecodingScope {
    /// Text as it is written; an empty one must be quoted.
    package func text(_ node: RuleNode) -> String? {
        guard let scalar = node.scalar else { return wrongType("text", node) }
        guard !node.isBlank else {
            error(
                .blankText, "text is expected here, and nothing stands here", at: node,
                help: "write the text, or '' for an empty one")
            return nil
        }
        return scalar.text
    }

    /// `true` or `false`.
    package func flag(_ node: RuleNode) -> Bool? {
        switch node.scalar?.text {
        case "true": true
        case "false": false
        default: wrongType("`true` or `false`", node)
        }
    }

    /// A whole number within `range`.
    package func integer(_ node: RuleNode, in range: ClosedRange<Int> = Int.min...Int.max) -> Int? {
        guard let scalar = node.scalar, DecimalText(scalar.text)?.isWhole == true else {
            return wrongType("a whole number", node)
        }
        guard let value = Int(scalar.text), range.contains(value) else {
            error(.badValue, "\(scalar.text) is out of range", at: node, help: rangeHelp(range))
            return nil
        }
        return value
    }

    /// A finite number in decimal notation: `5`, `-0.25`, `1e3`.
    package func number(_ node: RuleNode) -> Double? {
        guard let scalar = node.scalar, DecimalText(scalar.text) != nil else { return wrongType("a number", node) }
        guard let value = decimalNumber(scalar.text) else {
            error(.badValue, "\(scalar.text) is out of range", at: node)
            return nil
        }
        return value
    }

    /// A whole number above 0 and one of `s m h d`: `90s`, `10m`, `4h`, `2d`.
    package func duration(_ node: RuleNode) -> Duration? {
        guard let scalar = node.scalar, !node.isBlank else { return wrongType("a duration such as `10m`", node) }
        guard let duration = Duration(ruleText: scalar.text) else {
            error(
                .badTime, "'\(scalar.text)' is no duration", at: node,
                help: "write a whole number above 0 and one of s, m, h, d: `90s`, `10m`, `4h`, `2d`")
            return nil
        }
        return duration
    }

    /// Reports a value of another kind than expected. Always nil, so that a reader can end with it.
    package func wrongType<Result>(_ expected: String, _ node: RuleNode, help: String? = nil) -> Result? {
        let found = node.isBlank || node.scalar == nil ? node.kindName : "'\(shortened(node.scalar?.text ?? ""))'"
        error(.wrongType, "\(expected) is expected here, found \(found)", at: node, help: help)
        return nil
    }

    /// `did you mean 'whatsapp'?`, or all the words when they are few and none is near.
    package func suggestion(for word: String, among known: [String]) -> String? {
        if let near = nearest(to: word, among: known) { return "did you mean '\(near)'?" }
        return known.isEmpty || known.count > 24 ? nil : "it can be " + listed(known.map { "`\($0)`" })
    }

    private func rangeHelp(_ range: ClosedRange<Int>) -> String {
        switch (range.lowerBound, range.upperBound) {
        case (let lower, .max): "write a whole number from \(lower) on"
        case (let lower, let upper): "write a whole number from \(lower) to \(upper)"
        }
    }
}

/// `a`, `a or b`, `a, b or c`
package func listed(_ words: [String], _ joiner: String = "or") -> String {
    guard let last = words.last, words.count > 1 else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " \(joiner) " + last
}

/// The first line of a text, cut so that a message stays readable.
private func shortened(_ text: String) -> String {
    let line = text.prefix { !$0.isNewline }
    return line.count <= 40 && line.count == text.count ? text : line.prefix(40) + "…"
}

// MARK: - Lists and mappings

/// One word of a list in a rule, with its place: that of the word in its list when it came by a `$list`.
package struct WrittenWord: Sendable, Hashable {
    package var text: String
    package var node: RuleNode

    package init(text: String, node: RuleNode) {
        self.text = text
        self.node = node
    }
}

extension DecodingScope {
    /// One text, or a list of texts. With `allowingLists`, a text that begins with `$` stands for the words of that list;
    /// escapes are left as they are written.
    ///
    /// An empty list is an error unless `mayBeEmpty`: where one of several must hold, nothing could.
    package func words(_ node: RuleNode, allowingLists: Bool = false, mayBeEmpty: Bool = false) -> [WrittenWord]? {
        let nodes: [RuleNode]
        switch node.content {
        case .scalar: nodes = [node]
        case .sequence(let elements): nodes = elements
        case .mapping: return wrongType("a text or a list of texts", node)
        }
        var words: [WrittenWord] = []
        var isWhole = true
        for element in nodes {
            guard let text = text(element) else {
                isWhole = false
                continue
            }
            guard allowingLists, text.utf8.first == UInt8(ascii: "$") else {
                words.append(WrittenWord(text: text, node: element))
                continue
            }
            guard let list = list(named: text, at: element) else {
                isWhole = false
                continue
            }
            words.append(contentsOf: list)
        }
        guard isWhole else { return nil }
        guard mayBeEmpty || !words.isEmpty else {
            error(
                .emptyList, "the list is empty, so this could never hold", at: node,
                help: "write at least one word, or leave the key out")
            return nil
        }
        return words
    }

    /// The words of the list that `$name` stands for.
    private func list(named reference: String, at node: RuleNode) -> [WrittenWord]? {
        let name = String(reference.dropFirst())
        guard let nodes = lists[name] else {
            let help =
                nearest(to: name, among: lists.keys.sorted()).map { "did you mean '$\($0)'?" }
                ?? "define it under `lists:`, or write '\\\(reference)' for the text itself"
            error(.unknownName, "there is no list '\(name)'", at: node, help: help)
            return nil
        }
        return nodes.compactMap { node in
            node.scalar.map { WrittenWord(text: $0.text, node: node) }
        }
    }

    /// The entries of a mapping whose keys are fixed, by key. Unknown keys are reported and left out, keys that begin with
    /// `x-` are the author's own, and missing ones are reported. Nil only when the node is no mapping.
    package func mapping(
        _ node: RuleNode, known: [String], required: [String] = [], what: String
    ) -> [String: RuleNode.Entry]? {
        guard let entries = node.mapping else {
            return wrongType("a mapping", node, help: "\(what) has the keys \(keyList(known))")
        }
        var result: [String: RuleNode.Entry] = [:]
        for entry in entries where !entry.isAuthorsOwn {
            if known.contains(where: { $0.utf8.elementsEqual(entry.key.utf8) }) {
                result[entry.key] = entry
            } else {
                unknownKey(entry, known: known, what: what)
            }
        }
        // A misspelt key is told once, where it stands.
        let misspelt = entries.filter { !$0.isAuthorsOwn && result[$0.key] == nil }
            .compactMap { nearest(to: $0.key, among: known) }
        for key in required where result[key] == nil && !misspelt.contains(key) {
            error(.missingKey, "\(what) needs the key `\(key)`", at: node, help: "add `\(key):`")
        }
        return result
    }

    package func unknownKey(_ entry: RuleNode.Entry, known: [String], what: String) {
        let help =
            nearest(to: entry.key, among: known).map { "did you mean '\($0)'?" }
            ?? "\(what) has the keys \(keyList(known))"
        error(.unknownKey, "\(what) has no key '\(entry.key)'", atKeyOf: entry, help: help)
    }

    /// Reports a mapping without any key that asks something; silent when a misspelt one was reported.
    func asksForNothing(_ node: RuleNode, _ known: [String: RuleNode.Entry], what: String, keys: String) {
        guard (node.mapping ?? []).allSatisfy({ $0.isAuthorsOwn || known[$0.key] != nil }) else { return }
        error(.missingKey, "\(what) asks for nothing", at: node, help: "add a key such as \(keys)")
    }

    private func keyList(_ keys: [String]) -> String { listed(keys.map { "`\($0)`" }, "and") }
}

extension RuleNode.Entry {
    /// Keys that begin with `x-` are read by nobody.
    package var isAuthorsOwn: Bool { key.utf8.starts(with: "x-".utf8) }
}

// MARK: - Notation

/// The shape of a number in decimal notation: sign, digits, fraction, exponent.
private struct DecimalText {
    var isWhole = true

    init?(_ text: String) {
        var rest = text.utf8[...]
        func takeDigits() -> Bool {
            let count = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(count)
            return count > 0
        }
        func take(_ allowed: String) -> Bool {
            guard let first = rest.first, allowed.utf8.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        _ = take("+-")
        guard takeDigits() else { return nil }
        if take(".") {
            isWhole = false
            guard takeDigits() else { return nil }
        }
        if take("eE") {
            isWhole = false
            _ = take("+-")
            guard takeDigits() else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }
}

/// The finite number that a text is in decimal notation.
func decimalNumber(_ text: String) -> Double? {
    guard DecimalText(text) != nil, let value = Double(text), value.isFinite else { return nil }
    return value
}

extension Duration {
    /// Reads a whole number above 0 and one of `s m h d`. Nil for anything else, also for more milliseconds than an
    /// `Instant` can count.
    package init?(ruleText text: String) {
        let seconds: Int64
        switch text.utf8.last {
        case UInt8(ascii: "s"): seconds = 1
        case UInt8(ascii: "m"): seconds = 60
        case UInt8(ascii: "h"): seconds = 3600
        case UInt8(ascii: "d"): seconds = 86_400
        default: return nil
        }
        let digits = text.utf8.dropLast()
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int64(String(text.dropLast())),
            count > 0
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: seconds)
        guard !overflow, product <= Int64.max / 1000 else { return nil }
        self = .seconds(product)
    }

    /// In the largest unit that counts it whole: `90s`, `10m`, `4h`, `2d`. Rounded up to a second.
    package var ruleText: String {
        let milliseconds = wholeMilliseconds
        let seconds = milliseconds / 1000 + (milliseconds % 1000 > 0 ? 1 : 0)
        for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)] where seconds != 0 {
            if seconds % unit == 0 { return "\(seconds / unit)\(name)" }
        }
        return "\(seconds)s"
    }
}
