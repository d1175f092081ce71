import Matching
import Model
import Rules

/// Conditions on accounts and vendors, seen beside the accounts that are configured.
struct UnknownAccountLint: Lint {
    static let references = [
        LintReference(
            .unknownAccount,
            meaning: """
                No event comes from an account that the configuration does not have: the rule, or this part of it, never holds \
                there. Told is an account's name that is one letter off another one, and an `account` line beside a `vendor` \
                line that are never true of one account. A line of which no account or vendor is configured is a note, for the \
                rules may be for several configurations: it is shown with `--notes`, and fails nothing. Without a configuration \
                nothing is told.
                """,
            example: LintExample(rules: rule(account: "mian"), accounts: [main]),
            mending: "Mend the name, or configure the account.",
            mended: LintExample(rules: rule(account: "main"), accounts: [main]),
            dependsOnAccounts: true)
    ]

    private static let main = Account(id: "main", vendor: VendorID(rawValue: "huggy"))

    private static func rule(account: String) -> String {
        """
        rules:
          - id: refund
            when: [ { account: \(account) }, { text: refund } ]
            do: [ { reply: "We look into it." } ]
        """
    }

    func findings(in subject: LintSubject) -> [Diagnostic] {
        guard !subject.accounts.isEmpty else { return [] }
        let rules = subject.rules.filter { $0.rule.mode != .off }.compactMap { $0.node["when"] }
        let flows = subject.flows.flatMap { $0.steps.flatMap { $0.value.linesOfStep } }
        return (rules + flows).flatMap { when in
            let lines = AudienceLine.lines(in: when)
            return excluded(lines, subject) + lines.flatMap { findings(in: $0, among: lines, subject) }
        }
    }

    private func findings(in line: AudienceLine, among lines: [AudienceLine], _ subject: LintSubject) -> [Diagnostic] {
        let unknown = line.words.filter { !line.matches($0, anyOf: subject.accounts) }
        guard !unknown.isEmpty else { return [] }
        let slips = line.key == .account ? slips(unknown, beside: lines, subject) : []
        guard slips.isEmpty else { return slips }
        let isExcluded = lines.contains { line.excludes($0, of: subject.accounts) || $0.excludes(line, of: subject.accounts) }
        guard line.isNeeded, unknown.count == line.words.count, !isExcluded else { return [] }
        return [missing(line, subject)]
    }

    /// Names that are one letter off an account that the rule does not name. Accounts that are numbered are alike and meant.
    private func slips(_ words: [RuleNode], beside lines: [AudienceLine], _ subject: LintSubject) -> [Diagnostic] {
        let named = Set(lines.filter { $0.key == .account }.flatMap(\.words).compactMap { $0.scalar?.text })
        let others = subject.accounts.map(\.id).filter { !named.contains($0) }.sorted()
        return words.compactMap { node in
            let word = node.scalar?.text ?? ""
            let meant = others.first { other in
                word.count > 2 && editDistance(Array(word.lowercased()), Array(other.lowercased())) == 1
                    && word.filter(\.isNumber) == other.filter(\.isNumber)
            }
            return meant.map { meant in
                .warning(
                    .unknownAccount, "the configuration has no account '\(word)'", at: node, help: "did you mean '\(meant)'?")
            }
        }
    }

    private func missing(_ line: AudienceLine, _ subject: LintSubject) -> Diagnostic {
        let words = line.words.compactMap { $0.scalar?.text }
        let ids = subject.accounts.map(\.id).sorted()
        let node = line.words[0]
        return switch line.key {
        case .account:
            Diagnostic(
                .note, .unknownAccount, "the configuration has no account \(listed(words.map { "'\($0)'" }))", at: node.at,
                length: node.caretLength,
                help: nearest(to: words[0], among: ids).map { "did you mean '\($0)'?" }
                    ?? "its accounts are \(listed(ids, "and"))")
        case .vendor:
            Diagnostic(
                .note, .unknownAccount, "the configuration has no account of \(listed(words.map { subject.name(ofVendor: $0) }))",
                at: node.at, length: node.caretLength, help: "configure one, or take the line away with what it is for")
        }
    }

    /// Lines that are never true of one account, at the later one.
    private func excluded(_ lines: [AudienceLine], _ subject: LintSubject) -> [Diagnostic] {
        lines.filter { $0.key == .account }.compactMap { line in
            guard let vendors = lines.first(where: { line.excludes($0, of: subject.accounts) }),
                let account = subject.accounts.first(where: { line.matches($0) })
            else { return nil }
            let (first, last) = line.at < vendors.at ? (line, vendors) : (vendors, line)
            return .warning(
                .unknownAccount, "no account of the configuration is both", at: last.words[0],
                label: "'\(account.id)' is an account of \(subject.name(ofVendor: account.vendor.rawValue))",
                help: "take one of the two lines away, or name another account",
                related: [Diagnostic.Related(at: first.words[0].at, message: "excludes it")])
        }
    }
}

extension LintSubject {
    fileprivate func name(ofVendor word: String) -> String {
        profiles.values.first { FoldedText($0.id.rawValue) == FoldedText(word) }?.name ?? word
    }
}

/// An `account` or `vendor` line, or a `field` line on either.
private struct AudienceLine {
    enum Key: String { case account, vendor }

    let key: Key
    /// Not empty.
    let words: [RuleNode]
    /// The rule holds only where this does.
    let isNeeded: Bool

    var at: SourcePosition { words[0].at }

    /// Of a `when`, with those inside groups. Left out are lines on vendor `any`, which tests alone have.
    static func lines(in when: RuleNode, isNeeded: Bool = true) -> [AudienceLine] {
        (when.sequence ?? []).flatMap { $0.mapping ?? [] }.filter { !$0.isAuthorsOwn }.flatMap { entry in
            switch entry.key {
            case "all": lines(in: entry.value, isNeeded: isNeeded)
            case "any", "none": lines(in: entry.value, isNeeded: false)
            case "field": (entry.value.mapping ?? []).compactMap { AudienceLine($0, isNeeded: isNeeded) }
            default: [AudienceLine(entry, isNeeded: isNeeded)].compactMap(\.self)
            }
        }
    }

    private init?(_ entry: RuleNode.Entry, isNeeded: Bool) {
        guard let key = Key(rawValue: entry.key) else { return nil }
        let words = entry.value.sequence ?? [entry.value]
        let texts = words.compactMap { $0.listName == nil ? $0.scalar?.text : nil }
        guard !words.isEmpty, texts.count == words.count else { return nil }
        guard key == .account || !texts.contains(where: { FoldedText($0) == FoldedText(VendorID.any.rawValue) }) else {
            return nil
        }
        self.key = key
        self.words = words
        self.isNeeded = isNeeded
    }

    func matches(_ account: Account) -> Bool { words.contains { matches($0, anyOf: [account]) } }

    func matches(_ word: RuleNode, anyOf accounts: [Account]) -> Bool {
        let text = FoldedText(word.scalar?.text ?? "")
        return accounts.contains { FoldedText(key == .account ? $0.id : $0.vendor.rawValue) == text }
    }

    /// True where this names accounts that there are, and each of them is of another vendor than that line asks for.
    func excludes(_ other: AudienceLine, of accounts: [Account]) -> Bool {
        let own = accounts.filter { matches($0) }
        return key == .account && other.key == .vendor && isNeeded && other.isNeeded && !own.isEmpty
            && own.allSatisfy { !other.matches($0) }
    }
}
