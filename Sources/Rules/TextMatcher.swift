import Matching
import Model

/// What is asked of a text: the value of `text:`, and of `field:` where the field is a text. All keys must hold.
package struct TextMatcher: Sendable {
    /// In the order in which they are tried: keys that run regular expressions come last.
    let tests: [TextTest]
    let folding: Folding

    package static let keys = [
        "any", "all", "none", "is", "starts", "ends", "substring", "regex", "length", "empty", "case", "accents",
    ]

    init(_ tests: [TextTest], folding: Folding) {
        self.tests = tests.filter { !$0.demand.isRegex } + tests.filter(\.demand.isRegex)
        self.folding = folding
    }

    /// Reads a word, a list or a `$list` as `any`, and a mapping as its keys. Reports what is wrong and gives nil.
    package init?(_ node: RuleNode, in scope: DecodingScope) {
        guard node.mapping != nil else {
            guard let test = TextTest(key: "any", at: node.at, node, folding: .full, in: scope) else { return nil }
            self.init([test], folding: .full)
            return
        }
        guard let entries = scope.mapping(node, known: TextMatcher.keys, what: "a text matcher"),
            let matcher = TextMatcher(entries, of: node, in: scope)
        else { return nil }
        guard !matcher.tests.isEmpty else {
            scope.asksForNothing(node, entries, what: "the matcher", keys: "`any`, `is` or `regex`")
            return nil
        }
        self = matcher
    }

    /// Reads the keys of a text matcher among `entries`, in the order in which `node` has them. It may turn out empty.
    init?(_ entries: [String: RuleNode.Entry], of node: RuleNode, in scope: DecodingScope) {
        let caseExact = entries["case"].map { scope.exactness($0) } ?? false
        let accentsExact = entries["accents"].map { scope.exactness($0) } ?? false
        let folding = Folding(caseExact: caseExact ?? false, accentsExact: accentsExact ?? false)
        var tests: [TextTest?] = []
        for entry in node.mapping ?? [] where entries[entry.key] != nil && TextTest.keys.contains(entry.key) {
            tests.append(TextTest(key: entry.key, at: entry.keyAt, entry.value, folding: folding, in: scope))
        }
        let readable = tests.compactMap(\.self)
        guard caseExact != nil, accentsExact != nil, readable.count == tests.count else { return nil }
        self.init(readable, folding: folding)
    }

    /// True when every test holds on the text. Captures go to `subject`, also those of tests before one that fails.
    func holds(_ text: TextUnderTest, _ subject: Subject) -> Bool {
        tests.allSatisfy { subject.noted($0.at, $0.holds(text, subject)) }
    }

    /// For a text that belongs to no event. A regular expression that runs into its limits does not hold.
    package func holds(_ text: String) -> Bool {
        let text = TextUnderTest(text)
        return tests.allSatisfy { $0.holds(text, nil) }
    }

    /// A proven demand on the fully folded text.
    var literals: LiteralDemand { .all(tests.map(\.literals)) }

    var captures: DecodingScope.CaptureNames {
        tests.reduce(into: DecodingScope.CaptureNames()) { $0.formUnion($1.captures) }
    }
}

extension DecodingScope {
    /// The one word that `case` and `accents` know. Nil after an error.
    fileprivate func exactness(_ entry: RuleNode.Entry) -> Bool? {
        guard let word = text(entry.value) else { return nil }
        guard word == "exact" else {
            error(
                .badValue, "`\(entry.key)` cannot be '\(word)'", at: entry.value,
                help: "write `\(entry.key): exact`, or leave it out to fold")
            return nil
        }
        return true
    }
}

// MARK: - The text that is matched

/// A text as it is written, with its foldings.
struct TextUnderTest {
    let written: String
    /// Keeps the foldings of its message; those of other texts are made anew.
    private let subject: Subject?

    /// The text of the event's message; nil without a message.
    init?(messageOf subject: Subject) {
        guard let message = subject.event.message else { return nil }
        written = message.text
        self.subject = subject
    }

    init(_ text: String) {
        written = text
        subject = nil
    }

    func folded(_ folding: Folding) -> FoldedText {
        subject?.foldedText(folding) ?? FoldedText(written, folding)
    }
}
