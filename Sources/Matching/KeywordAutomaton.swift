/// Which of many literals occur in a text, in one pass over its bytes (Aho and Corasick, 1975).
///
/// States are numbered breadth first over the sorted literals, so the children of a state are neighbours: a state is known
/// by where its children begin, and an edge is one byte. The first states, where most texts stay, have full rows instead.
struct KeywordAutomaton: Sendable {
    /// Number of the literals, as given.
    let literalCount: Int

    /// Bytes in no literal are class 0.
    private let classOfByte: [UInt8]
    private let classCount: Int
    private let denseRows: [UInt32]
    private let denseCount: Int
    /// The byte by which a state is reached from its parent.
    private let label: [UInt8]
    /// Children of state s: `firstChild[s]..<firstChild[s + 1]`.
    private let firstChild: [UInt32]
    /// The state of the longest proper suffix.
    private let fallback: [UInt32]
    /// The longest suffix, the state itself included, that is a literal; 0 when there is none.
    private let longestHit: [UInt32]
    /// The literal of a state, where it is one.
    private let literal: [UInt32]

    private static let denseEntries = 1 << 18

    /// `literals` must be sorted, distinct and not empty strings; a hit is reported by the place in this list.
    init(sorted literals: [[UInt8]]) {
        precondition(!literals.contains(where: \.isEmpty), "an empty literal occurs everywhere")
        let trie = Trie(literals)
        literalCount = literals.count
        label = trie.label
        firstChild = trie.firstChild
        literal = trie.literal
        (classOfByte, classCount) = Self.byteClasses(trie.label)
        (fallback, longestHit) = Self.links(trie)
        denseCount = min(trie.label.count, max(1, Self.denseEntries / classCount))
        denseRows = Self.rows(denseCount, trie, fallback, classOfByte, classCount)
    }

    /// The literals in the text, each once, in no order.
    func hits(in text: [UInt8]) -> [Int] {
        var hits = Hits()
        var state = 0
        let (classOfByte, rows, longestHit) = (classOfByte.span, denseRows.span, longestHit.span)
        let bytes = text.span
        for index in bytes.indices {
            if state < denseCount {
                state = Int(rows[state &* classCount &+ Int(classOfByte[Int(bytes[index])])])
            } else {
                state = sparseStep(from: state, bytes[index])
            }
            if longestHit[state] != 0 { collect(state, &hits) }
        }
        return hits.literals
    }

    private func sparseStep(from start: Int, _ byte: UInt8) -> Int {
        var state = start
        let (label, firstChild) = (label.span, firstChild.span)
        while state >= denseCount {
            var child = Int(firstChild[state])
            let end = Int(firstChild[state &+ 1])
            while child < end {
                if label[child] == byte { return child }
                child &+= 1
            }
            state = Int(fallback[state])
        }
        return Int(denseRows[state &* classCount &+ Int(classOfByte[Int(byte)])])
    }

    /// What was found, in the order of finding.
    private struct Hits {
        var literals: [Int] = []
        private var seen: [UInt64] = []

        /// Whether the literal is new.
        mutating func insert(_ literal: Int, of count: Int) -> Bool {
            if seen.isEmpty { seen = Array(repeating: 0, count: (count + 63) / 64) }
            let bit = UInt64(1) << UInt64(literal & 63)
            guard seen[literal >> 6] & bit == 0 else { return false }
            seen[literal >> 6] |= bit
            literals.append(literal)
            return true
        }
    }

    /// All literals that end here. What was seen once was seen with all its suffixes, so a text costs no more than its
    /// length and the number of literals in it.
    private func collect(_ state: Int, _ hits: inout Hits) {
        var state = Int(longestHit[state])
        while state != 0, hits.insert(Int(literal[state]), of: literalCount) {
            state = Int(longestHit[Int(fallback[state])])
        }
    }
}

// MARK: - Building

extension KeywordAutomaton {
    private static let none = UInt32.max

    private struct Trie {
        var label: [UInt8] = [0]
        var firstChild: [UInt32] = []
        var literal: [UInt32] = [none]

        /// `literals` sorted: those below one state are neighbours.
        init(_ literals: [[UInt8]]) {
            var below = [0..<literals.count]
            var depths = [0]
            var state = 0
            while state < label.count {
                firstChild.append(UInt32(label.count))
                let depth = depths[state]
                var range = below[state]
                if let first = range.first, literals[first].count == depth {
                    literal[state] = UInt32(first)
                    range = (first + 1)..<range.upperBound
                }
                while let first = range.first {
                    let byte = literals[first][depth]
                    let end = range.first { literals[$0][depth] != byte } ?? range.upperBound
                    label.append(byte)
                    literal.append(none)
                    depths.append(depth + 1)
                    below.append(first..<end)
                    range = end..<range.upperBound
                }
                state += 1
            }
            firstChild.append(UInt32(label.count))
        }

        func child(of state: Int, _ byte: UInt8) -> Int? {
            (Int(firstChild[state])..<Int(firstChild[state + 1])).first { label[$0] == byte }
        }
    }

    private static func byteClasses(_ labels: [UInt8]) -> (classes: [UInt8], count: Int) {
        var isUsed = [Bool](repeating: false, count: 256)
        for byte in labels.dropFirst() { isUsed[Int(byte)] = true }
        var classes = [UInt8](repeating: 0, count: 256)
        var count = 1
        // Folded text is UTF-8, in which some bytes never occur: the numbers of the classes fit into a byte.
        for byte in 0..<256 where isUsed[byte] && count < 256 {
            classes[byte] = UInt8(count)
            count += 1
        }
        return (classes, count)
    }

    private static func links(_ trie: Trie) -> (fallback: [UInt32], longestHit: [UInt32]) {
        var fallback = [UInt32](repeating: 0, count: trie.label.count)
        var longestHit = fallback
        for state in trie.label.indices {
            for child in Int(trie.firstChild[state])..<Int(trie.firstChild[state + 1]) {
                if state != 0 {
                    var suffix = Int(fallback[state])
                    var next = trie.child(of: suffix, trie.label[child])
                    while next == nil, suffix != 0 {
                        suffix = Int(fallback[suffix])
                        next = trie.child(of: suffix, trie.label[child])
                    }
                    fallback[child] = UInt32(next ?? 0)
                }
                longestHit[child] = trie.literal[child] != none ? UInt32(child) : longestHit[Int(fallback[child])]
            }
        }
        return (fallback, longestHit)
    }

    private static func rows(
        _ count: Int, _ trie: Trie, _ fallback: [UInt32], _ classOfByte: [UInt8], _ classCount: Int
    ) -> [UInt32] {
        var rows = [UInt32](repeating: 0, count: count * classCount)
        for state in 0..<count {
            let row = state * classCount
            if state != 0 {
                let suffixRow = Int(fallback[state]) * classCount
                for column in 0..<classCount { rows[row + column] = rows[suffixRow + column] }
            }
            for child in Int(trie.firstChild[state])..<Int(trie.firstChild[state + 1]) {
                rows[row + Int(classOfByte[Int(trie.label[child])])] = UInt32(child)
            }
        }
        return rows
    }
}
