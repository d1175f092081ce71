import Model
import Rules

/// What single vendors cannot do: `CapabilityCheck` finds it.
struct CapabilityLint: Lint {
    static let references = [
        LintReference(
            .unsupportedAction,
            meaning: """
                A vendor that the rule speaks to has no way to do the action: the effect will be `unsupported`, and the others of \
                the rule go on. A rule speaks to the vendors and accounts that its `vendor:` and `account:` lines name, \
                otherwise to all accounts of the configuration. `bellhop check --capabilities` has the matrix.
                """,
            example: """
                rules:
                  - id: note-it
                    when: [ { vendor: rocketchat } ]
                    do: [ { note: "asked for a refund" } ]
                """,
            mending: "Keep the rule from that vendor with a `vendor:` line, or use `call` for what its API has instead.",
            mended: """
                rules:
                  - id: note-it
                    when: [ { vendor: huggy } ]
                    do: [ { note: "asked for a refund" } ]
                """, dependsOnAccounts: true),
        LintReference(
            .longText,
            meaning: """
                A text is longer than one message of a vendor that the rule speaks to. It goes out as several messages, cut \
                between words; one that would take too many is not sent at all.
                """,
            example: LintExample(rules: longReply(String(repeating: "Please read this first. ", count: 250))),
            mending: "Shorten it, or write several `reply` lines, with the cuts where you want them.",
            mended: LintExample(rules: longReply("Please read this first.")), dependsOnAccounts: true),
    ]

    private static func longReply(_ text: String) -> String {
        """
        rules:
          - id: terms
            when: [ { vendor: rocketchat } ]
            do: [ { reply: "\(text.trimmed)" } ]
        """
    }

    func findings(in subject: LintSubject) -> [Diagnostic] {
        CapabilityCheck(accounts: subject.accounts, profiles: subject.profiles)
            .findings(in: subject.rules.map(\.rule), subject.flows.map(\.flow))
    }
}
