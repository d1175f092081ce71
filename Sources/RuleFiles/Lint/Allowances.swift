package import Model
package import Rules

/// The comments by which authors of rules silence findings: `# bellhop: allow R017 because …`, above a rule, flow, step, list,
/// schedule or test, or in it. Errors cannot be silenced.
package struct Allowances: Sendable {
    /// A finding that an author wants as it is.
    package struct Allowed: Sendable, Hashable {
        package var diagnostic: Diagnostic
        /// Why, in the author's words.
        package var reason: String
        /// Of the comment.
        package var at: SourcePosition
    }

    fileprivate struct Allowance: Sendable {
        var codes: [DiagnosticCode]
        var reason: String
        var at: SourcePosition
        var length: Int
        /// Nil where it stands at nothing: it silences nothing.
        var scope: AllowanceScopes.Scope?
    }

    private var allowances: [Allowance] = []
    /// Of comments that were meant to silence something and cannot be understood.
    private var misreadings: [Diagnostic] = []

    /// Reads the comments of rules and tests.
    init(_ folder: RuleFolder) {
        for file in folder.rules + folder.tests where Self.mayHold(file.bytes) { read(file) }
    }

    /// What goes on to be told, and what was silenced; both in the order given.
    package func sorted(_ diagnostics: [Diagnostic]) -> (told: [Diagnostic], allowed: [Allowed]) {
        guard !allowances.isEmpty else { return (diagnostics, []) }
        var told: [Diagnostic] = []
        var allowed: [Allowed] = []
        for diagnostic in diagnostics {
            let allowance = diagnostic.severity == .error ? nil : allowances.first { $0.silences(diagnostic) }
            if let allowance {
                allowed.append(Allowed(diagnostic: diagnostic, reason: allowance.reason, at: allowance.at))
            } else {
                told.append(diagnostic)
            }
        }
        return (told, allowed)
    }

    /// Comments that say nothing, and those that silence none of all findings.
    /// - Parameter hasAccounts: without a configuration it is not known what it would find.
    func findings(allFound: [Diagnostic], hasAccounts: Bool) -> [Diagnostic] {
        misreadings + allowances.flatMap { allowance in allowance.unused(allFound, hasAccounts: hasAccounts) }
    }

    /// The codes that can be silenced: all but errors.
    static let codes: [DiagnosticCode] =
        LintCatalog.references.map(\.code).filter { ![.badAllowance, .uselessAllowance].contains($0) } + online

    /// What only `check --online` finds in rules.
    fileprivate static let online: [DiagnosticCode] = [.unresolvedName]
}

extension Allowances {
    package static let references: [LintReference] = [
        LintReference(
            .badAllowance,
            meaning: """
                A comment begins with `bellhop:` and is none that Bellhop understands, so it silences nothing: it names no code, \
                one that is no warning, or gives no reason. The reason is for who reads the rules next.
                """,
            example: """
                rules:
                  # bellhop: allow R106
                  - id: remember
                    do: [ { set: { seen: "1" }, delay: 5s } ]
                """,
            mending: "Write `# bellhop: allow CODE because REASON`; several codes with commas between.",
            mended: """
                rules:
                  # bellhop: allow R106 because the delay is for the note that comes here next week
                  - id: remember
                    do: [ { set: { seen: "1" }, delay: 5s } ]
                """),
        LintReference(
            .uselessAllowance,
            meaning: """
                A comment silences a code that is not found there (any more). Such comments would hide the next finding of \
                that kind, which may be a real one.
                """,
            example: """
                rules:
                  # bellhop: allow R106 because it did no harm
                  - id: remember
                    do: [ { set: { seen: "1" } } ]
                """,
            mending: """
                Take it away. If the finding is still told, the comment stands at the wrong place: put it right above the rule's \
                `- id:`, or into the rule.
                """,
            mended: """
                rules:
                  - id: remember
                    do: [ { set: { seen: "1" } } ]
                """),
    ]
}

// MARK: - Reading

extension Allowances {
    private static let sign = "bellhop:"

    /// Most files hold none, and are not read a second time for it.
    private static func mayHold(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while let start = rest.firstIndex(of: UInt8(ascii: ":")) {
            if rest[..<start].suffix(sign.utf8.count - 1).elementsEqual(sign.utf8.dropLast()) { return true }
            rest = rest[(start + 1)...]
        }
        return false
    }

    private mutating func read(_ file: RuleFolder.File) {
        let document = YAMLDocument(file.bytes, file: file.path)
        guard let root = document.root else { return }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let bytes = file.bytes.starts(with: mark) ? Array(file.bytes.dropFirst(mark.count)) : file.bytes
        let scopes = AllowanceScopes(root)
        for comment in YAMLComments(bytes, file: file.path).comments where comment.text.hasPrefix(Self.sign) {
            let text = String(comment.text.dropFirst(Self.sign.count))
            read(text.trimmed, comment, scopes.scope(of: comment, lines: document.lines))
        }
    }

    /// `allow R017, R107 because …`
    private mutating func read(_ text: String, _ comment: YAMLComments.Comment, _ scope: AllowanceScopes.Scope?) {
        let words = text.split { $0 == " " || $0 == "\t" || $0 == "," }
        guard words.first == "allow" else {
            return misread(comment, "`bellhop:` in a comment is followed by `allow`, not by '\(words.first ?? "")'")
        }
        let written = words.dropFirst().prefix { $0 != "because" && !$0.hasPrefix(Self.colonMark) }
        if let mark = words.first(where: { $0 == "because" || $0.hasPrefix(Self.colonMark) }), mark != "because" {
            return misread(comment, colonAt: mark, in: text, written.joined(separator: ", "))
        }
        var codes: [DiagnosticCode] = []
        for word in written {
            let code = DiagnosticCode(rawValue: word.uppercased())
            guard let code else { return misread(comment, "there is no code '\(word)'") }
            guard Self.codes.contains(code) else {
                return misread(comment, "\(code.rawValue) cannot be allowed: it is no warning of rules")
            }
            codes.append(code)
        }
        guard !codes.isEmpty else { return misread(comment, "the comment does not say which code it allows") }
        let reason = words.first { $0 == "because" }.map { String(text[$0.endIndex...]).trimmed } ?? ""
        guard !reason.isEmpty else {
            return misread(comment, "the comment does not say why \(listed(codes.map(\.rawValue), "and")) is allowed")
        }
        allowances.append(Allowance(codes: codes, reason: reason, at: comment.at, length: comment.length, scope: scope))
    }

    private static let colonMark = "because:"

    /// The comment as it is meant, without the colon.
    private mutating func misread(
        _ comment: YAMLComments.Comment, colonAt mark: Substring, in text: String, _ codes: String
    ) {
        let reason = text[mark.startIndex...].dropFirst(Self.colonMark.count).drop { $0 == " " || $0 == "\t" }
        misread(
            comment, "no colon stands behind `because`",
            meant: "allow \(codes.isEmpty ? "CODE" : codes) because \(reason.isEmpty ? "REASON" : String(reason))")
    }

    private mutating func misread(
        _ comment: YAMLComments.Comment, _ message: String, meant: String = "allow CODE because REASON"
    ) {
        misreadings.append(
            Diagnostic(
                .warning, .badAllowance, message, at: comment.at, length: comment.length,
                help: "write `# bellhop: \(meant)`; it silences nothing as it is"))
    }
}

extension Allowances.Allowance {
    func silences(_ diagnostic: Diagnostic) -> Bool {
        codes.contains(diagnostic.code) && covers(diagnostic.at)
    }

    private func covers(_ place: SourcePosition) -> Bool {
        guard let scope else { return false }
        return scope.start.file.utf8.elementsEqual(place.file.utf8) && scope.contains(place)
    }

    func unused(_ found: [Diagnostic], hasAccounts: Bool) -> [Diagnostic] {
        let idle = codes.filter { code in
            let isKnown = hasAccounts || LintCatalog.reference(code)?.dependsOnAccounts != true
            return isKnown && !Allowances.online.contains(code) && !found.contains { $0.code == code && covers($0.at) }
        }
        return idle.map { code in
            let message = "this allows \(code.rawValue), which is not found here"
            return Diagnostic(
                .warning, .uselessAllowance, scope == nil ? "this allows \(code.rawValue) of nothing" : message, at: at,
                length: length,
                help: "take it away, or put it right above the rule, flow, step, list, schedule or test that it is for")
        }
    }
}
