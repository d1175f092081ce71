/// Which foldings are switched off (`case: exact`, `accents: exact`). All others always take place.
package struct Folding: Hashable, Sendable {
    package var caseExact: Bool
    package var accentsExact: Bool

    package init(caseExact: Bool = false, accentsExact: Bool = false) {
        self.caseExact = caseExact
        self.accentsExact = accentsExact
    }

    /// Nothing is switched off.
    package static let full = Folding()
}

/// A text after folding, as valid UTF-8.
///
/// Folding is, in this order: NFKC; full case folding; diacritics of Latin, Greek and Cyrillic off; runs of white space to
/// one space, none at the ends; quotes, guillemets and dashes to `'`, `"` and `-`; zero-width characters, soft hyphens and
/// variation selectors dropped. The characters that count are listed in `scripts/generate-unicode-tables.py`.
///
/// A folded text folds to itself, and canonically equivalent texts fold to the same bytes, under each `Folding`. A text
/// that was folded under any `Folding` folds on, under `.full`, to what the text itself folds to.
package struct FoldedText: Hashable, Sendable {
    package let utf8: [UInt8]

    package init(_ text: String, _ folding: Folding = .full) {
        utf8 = TextFolder.folder(for: folding).folded(text)
    }

    package var string: String { String(decoding: utf8, as: UTF8.self) }

    package var isEmpty: Bool { utf8.isEmpty }
}
