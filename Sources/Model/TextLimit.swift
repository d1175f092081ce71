/// How long a text may be that one call of a vendor takes.
package struct TextLimit: Sendable, Hashable {
    /// What a vendor counts.
    package enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Unicode code points.
        case characters
        /// UTF-16 code units: the length of a text in JavaScript and Java.
        case utf16 = "UTF-16 units"
        /// Bytes of UTF-8.
        case bytes
    }

    /// In units, inclusive; above 0.
    package let count: Int
    package let unit: Unit
    /// Texts that go out one unit longer than they are written, because the vendor's requests break them up so that the
    /// vendor fills nothing in.
    package let brokenUp: [String]
    /// Where the limit comes from, as a sentence for the vendor's page.
    package let note: String

    package init(_ count: Int, _ unit: Unit, brokenUp: [String] = [], note: String) {
        self.count = max(1, count)
        self.unit = unit
        self.brokenUp = brokenUp
        self.note = note
    }

    package func fits(_ text: String) -> Bool {
        // No unit is smaller than a byte, and what is broken up grows by less than itself: most texts need no counting.
        text.utf8.count <= count / 2 || (written(text) <= count && length(of: text) <= count)
    }

    /// In units, as the text goes out. Linear in the text.
    package func length(of text: String) -> Int {
        written(text) + growth(of: text)
    }

    /// In units, as the text is written.
    package func written(_ text: some StringProtocol) -> Int {
        switch unit {
        case .characters: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .bytes: text.utf8.count
        }
    }

    /// In units, as it is written, without white space.
    func visible(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { length, scalar in
            if scalar.properties.isWhitespace { return length }
            return switch unit {
            case .characters: length + 1
            case .utf16: length + UTF16.width(scalar)
            case .bytes: length + UTF8.width(scalar)
            }
        }
    }

    private func growth(of text: String) -> Int {
        var text = text
        return text.withUTF8 { bytes in brokenUp.reduce(0) { $0 + Self.occurrences(of: Array($1.utf8), in: bytes) } }
    }

    /// By bytes, since a vendor finds a text also where a mark follows it that joins its last character.
    private static func occurrences(of text: [UInt8], in bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard let first = text.first else { return 0 }
        var count = 0
        var rest = bytes[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            let isThere = rest.starts(with: text)
            if isThere { count += 1 }
            rest = rest.dropFirst(isThere ? text.count : 1)
        }
        return count
    }
}

extension TextLimit: CustomStringConvertible {
    /// `5000 UTF-16 units`
    package var description: String { "\(count) \(unit.rawValue)" }
}
