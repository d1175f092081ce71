import Matching

/// A text's foldings, as far as somebody asked for them.
struct FoldedTexts {
    private var full: FoldedText?
    /// Those with something switched off, which few ask for.
    private var others: [Folding: FoldedText] = [:]

    subscript(folding: Folding) -> FoldedText? {
        get { folding == .full ? full : others[folding] }
        set {
            if folding == .full { full = newValue } else { others[folding] = newValue }
        }
    }
}
