package import Model

/// A message of a rule with only what stands in it whatever the event: the text outside of tags and sections.
package struct LiteralMessage: Sendable, Hashable {
    package var reply: Reply
    /// True when the message is just this; else it is at least this.
    package var isWhole: Bool
    /// Where its text is written.
    package var at: SourcePosition

    package init(reply: Reply, isWhole: Bool, at: SourcePosition) {
        self.reply = reply
        self.isWhole = isWhole
        self.at = at
    }
}

extension Template {
    /// What every rendering holds: the text outside of tags and sections.
    package var literal: String {
        if isConstant { return source }
        // A template that was read once is read again.
        let parts = (try? TemplateSyntax.parts(of: source)) ?? []
        return parts.reduce(into: "") { literal, part in
            if case .text(let text) = part { literal += text }
        }
    }
}
