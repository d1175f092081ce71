import Model

/// What a name in a template can lead to: decides which names are known before any event is seen.
indirect enum TemplateShape: Sendable, Hashable {
    /// A text, number or flag: nothing below it.
    case scalar
    /// Whatever a payload, a variable or an attribute holds: every name below it is possible.
    case open
    case list(of: TemplateShape)
    case object([String: TemplateShape])

    /// What a key, or an index of a list, leads to; nil when nothing can be there.
    func member(_ key: String) -> TemplateShape? {
        switch self {
        case .scalar: nil
        case .open: .open
        case .list(let element): Int(key).flatMap { $0 >= 0 ? element : nil }
        case .object(let members): members[key]
        }
    }

    func member(_ path: some Sequence<String>) -> TemplateShape? {
        path.reduce(self as TemplateShape?) { shape, key in shape?.member(key) }
    }

    /// Full names of everything below, sorted, lists left out: what a misspelt name is compared with.
    func names(below prefix: String = "") -> [String] {
        guard case .object(let members) = self else { return [] }
        return members.sorted { $0.key < $1.key }.flatMap { key, shape in
            [prefix + key] + shape.names(below: prefix + key + ".")
        }
    }
}

/// The names that templates may use.
enum TemplateNames {
    /// `match` is what the regular expressions of the rule being read can capture; nil outside of a rule.
    static func root(captures: DecodingScope.CaptureNames?) -> TemplateShape {
        var members = fixed
        if let captures, captures != DecodingScope.CaptureNames() { members["match"] = shape(of: captures) }
        return .object(members)
    }

    private static func shape(of captures: DecodingScope.CaptureNames) -> TemplateShape {
        var members = Dictionary(uniqueKeysWithValues: captures.names.map { ($0, TemplateShape.scalar) })
        for number in 0..<max(0, captures.count) { members[String(number + 1)] = .scalar }
        return .object(members)
    }

    private static let fixed: [String: TemplateShape] = [
        "id": .scalar, "vendor": .scalar, "account": .scalar, "kind": .scalar, "test": .scalar, "occurred_at": .scalar,
        "conversation": object(
            ["id", "channel", "status", "handler", "department", "team", "topic"], ["tags": .list(of: .scalar)]),
        "message": object(
            ["id", "text", "type", "in_reply_to"], ["attachments": .list(of: object(["type", "name", "url", "size"]))]),
        "sender": object(["role", "id", "name"]),
        "contact": object(["id", "name", "first_name", "email", "phone"], ["attributes": .open]),
        "agent": object(["id", "name", "username", "email"]),
        "details": object(
            ["flow", "status"],
            [
                "from": target, "to": target, "closed_by": object(["role", "id"]), "context": .open, "answers": .open,
                "reason": .open, "changes": .open,
            ]),
        "raw": .open, "vars": .open,
        "rule": object(["id"]),
        "now": object(["date", "time"]),
    ]

    private static let target = object(["department", "team", "agent"])

    private static func object(_ scalars: [String], _ others: [String: TemplateShape] = [:]) -> TemplateShape {
        .object(others.merging(scalars.map { ($0, .scalar) }) { $1 })
    }
}

/// Checks every name of a template, section by section.
struct TemplateNameCheck {
    private let root: TemplateShape
    private let captures: DecodingScope.CaptureNames?
    /// Variables that the template reads.
    private(set) var variables: Set<String> = []
    private(set) var errors: [TemplateError] = []
    /// What the sections around are standing at, the innermost last; without the root.
    private var stack: [TemplateShape] = []

    init(captures: DecodingScope.CaptureNames?) {
        root = TemplateNames.root(captures: captures)
        self.captures = captures
    }

    mutating func check(_ parts: [TemplatePart]) {
        for part in parts {
            switch part {
            case .text: break
            case .value(let name): _ = shape(of: name)
            case .section(let name, inverted: true, let parts):
                _ = shape(of: name)
                check(parts)
            case .section(let name, inverted: false, let parts):
                stack.append(shape(of: name).inSection)
                check(parts)
                stack.removeLast()
            }
        }
    }

    /// What the name leads to; an unknown one is reported and then taken for something that may hold anything.
    private mutating func shape(of name: TemplateName) -> TemplateShape {
        guard let first = name.path.first else { return current(name) }
        if first == "vars", name.path.count > 1 { variables.insert(name.path[1]) }
        for shape in stack.reversed() {
            // What the element of an open section holds is not known: any name may be a member of it.
            if shape == .open { return .open }
            if shape.member(first) != nil { return shape.member(name.path) ?? unknown(name) }
        }
        return root.member(name.path) ?? unknown(name)
    }

    private mutating func current(_ name: TemplateName) -> TemplateShape {
        if let innermost = stack.last { return innermost }
        errors.append(
            TemplateError(
                "`{{.}}` stands outside of a section", help: "write a name, or `{{#vars.list}}{{.}}{{/vars.list}}` around it"))
        return .open
    }

    private mutating func unknown(_ name: TemplateName) -> TemplateShape {
        errors.append(name.path.first == "match" ? unknownCapture(name) : unknownName(name))
        return .open
    }

    private func unknownCapture(_ name: TemplateName) -> TemplateError {
        guard let captures else {
            return TemplateError(
                "`\(name.source)` can never have a value: no regular expression comes before it here",
                help: "`match.…` is known in the rule or answer whose `regex` captures it; keep it with `set` for later")
        }
        guard captures != DecodingScope.CaptureNames() else {
            return TemplateError(
                "`\(name.source)` can never have a value: nothing in `when` captures anything",
                help: "name a group in a `regex:` of this rule, as in `(?<order>\\d+)`")
        }
        let names = captures.names.sorted().map { "match.\($0)" }
        let numbers = captures.count > 0 ? (1...captures.count).map { "match.\($0)" } : []
        return TemplateError(
            "`\(name.source)` can never have a value: no `regex` of this rule captures it",
            help: nearest(to: name.source, among: names).map { "did you mean '\($0)'?" }
                ?? "its captures are \(listed((names + numbers).map { "`\($0)`" }, "and"))")
    }

    private func unknownName(_ name: TemplateName) -> TemplateError {
        TemplateError("no event has the name `\(name.source)`", help: suggestion(for: name))
    }

    private func suggestion(for name: TemplateName) -> String {
        let written = name.path.joined(separator: ".")
        if let mended = mended(name.path) { return "did you mean '\(mended)'?" }
        switch lastKnown(name.path) {
        case (let place, .scalar)?, (let place, .open)?: return "write `\(place)`: nothing stands below it"
        case (let place, .list)?: return "write `\(place).0` for the first: it is a list"
        case (let place, .object(let members))?:
            return "`\(place)` has \(listed(members.keys.sorted().map { "`\($0)`" }, "and"))"
        case nil: break
        }
        let known = root.names()
        // Several have one: the customer's is meant most often.
        let ends = known.filter { $0.hasSuffix("." + written) }
        let meant = ends.count == 1 ? ends.first : ends.first { $0 == "contact." + written }
        if let near = meant ?? nearest(to: written, among: known) { return "did you mean '\(near)'?" }
        return """
            a variable is `vars.\(written)`, a capture `match.\(written)`; other names begin with `contact.`, `message.`, \
            `conversation.`, `details.`, `raw.`, …
            """
    }

    /// The name with each part that is not known replaced by the nearest that is; nil where one has none near.
    private func mended(_ path: [String]) -> String? {
        var shape = root
        var mended: [String] = []
        for key in path {
            var key = key
            if shape.member(key) == nil {
                guard case .object(let members) = shape, let near = nearest(to: key, among: members.keys.sorted()) else {
                    return nil
                }
                key = near
            }
            guard let member = shape.member(key) else { return nil }
            mended.append(key)
            shape = member
        }
        return mended.joined(separator: ".")
    }

    /// The longest beginning of the path that is known, and what stands there.
    private func lastKnown(_ path: [String]) -> (place: String, shape: TemplateShape)? {
        for count in stride(from: path.count - 1, to: 0, by: -1) {
            let beginning = path.prefix(count)
            if let shape = root.member(beginning) { return (beginning.joined(separator: "."), shape) }
        }
        return nil
    }
}

extension TemplateShape {
    /// What a section over this stands at: the element of a list, else the thing itself.
    fileprivate var inSection: TemplateShape {
        if case .list(let element) = self { element } else { self }
    }
}
