/// Which of many literals occur in a text, in one pass over its bytes (Aho and Corasick, 1975).
///
/// The first states, breadth first, have full rows. Of the others the children of a state are neighbours, so a state is known by
/// where its children begin, and an edge is one byte; behind them stand their own, so that the rest of a literal lies together.
///
/// Most of a text is the beginning of no literal. It is looked through by `LiteralStarts`, and walked only from where one may
/// begin to where none goes on.
struct KeywordAutomaton: Sendable {
    /// Number of the literals, as given.
    let literalCount: Int

    /// Bytes in no literal are class 0.
    private let classOfByte: [UInt8]
    /// A row is of so many bits of classes.
    private let classBits: Int
    /// Where each class leads to from the first states: the state, and whether literals end there.
    private let rows: [UInt32]
    private let denseCount: Int
    private let nodes: [Node]
    /// The literal of a state, where it is one.
    private let literal: [UInt32]
    private let starts: LiteralStarts
    /// Place d is the first of the states with rows to which more than d bytes lead, up to those that tell a start.
    private let firstDeeper: [Int]

    /// A state, all that a step needs of it side by side: in large sets most of the time goes into fetching them.
    private struct Node {
        /// The children are the states from this one on.
        var firstChild: UInt32 = 0
        /// The state of the longest proper suffix.
        var fallback: UInt32 = 0
        /// The longest suffix, the state itself included, that is a literal; 0 when there is none.
        var longestHit: UInt32 = 0
        var childCount: UInt16 = 0
        /// The byte by which the state is reached from its parent.
        var label: UInt8 = 0
        /// How many bytes lead to it, or the most that fits.
        var depth: UInt8 = 0
    }

    private static let denseBits = 18
    /// Of an entry of a row.
    private static let hitBit: UInt32 = 1 << 31

    /// `literals` must be sorted, distinct and not empty strings; a hit is reported by the place in this list.
    init(sorted literals: [[UInt8]]) {
        precondition(!literals.contains(where: \.isEmpty), "an empty literal occurs everywhere")
        let trie = Trie(literals)
        literalCount = literals.count
        starts = LiteralStarts(literals)
        firstDeeper = trie.firstDeeper(than: LiteralStarts.length)
        let (classes, classCount) = Self.byteClasses(trie.label)
        let (fallback, longestHit) = Self.links(trie)
        classOfByte = classes
        classBits = max(1, UInt(classCount - 1).bitWidth - UInt(classCount - 1).leadingZeroBitCount)
        denseCount = min(trie.label.count, max(1, (1 << Self.denseBits) >> classBits))
        let order = trie.order(behind: denseCount)
        var place = [UInt32](repeating: 0, count: order.count)
        for (new, state) in order.enumerated() { place[state] = UInt32(new) }
        rows = Self.rows(denseCount, trie, fallback, longestHit, classes, classBits, place)
        literal = order.map { trie.literal[$0] }
        nodes = order.map { state in
            let children = trie.children(of: state)
            return Node(
                firstChild: children.isEmpty ? 0 : place[children.lowerBound], fallback: place[Int(fallback[state])],
                longestHit: place[Int(longestHit[state])], childCount: UInt16(children.count), label: trie.label[state],
                depth: UInt8(clamping: trie.depths[state]))
        }
    }

    /// The literals in the text, each once, in no order.
    func hits(in text: [UInt8]) -> [Int] {
        var hits = Hits()
        let bytes = text.span
        var position = 0
        while let start = starts.next(in: bytes, from: position) { position = walk(bytes, from: start, &hits) }
        return hits.literals
    }

    /// Finds the literals that begin at `start`, and those that begin while one of these goes on.
    /// - Returns: where the next one may begin, behind `start`. No byte is walked more often than starts are long.
    private func walk(_ bytes: Span<UInt8>, from start: Int, _ hits: inout Hits) -> Int {
        let (classOfByte, rows, nodes) = (classOfByte.span, rows.span, nodes.span)
        var (state, position) = (0, start)
        while position < bytes.count {
            let byte = bytes[position]
            position &+= 1
            if state < denseCount {
                let entry = rows[state &<< classBits | Int(classOfByte[Int(byte)])]
                state = Int(entry & ~Self.hitBit)
                if entry & Self.hitBit != 0 { collect(state, &hits) }
            } else {
                state = sparseStep(from: state, byte)
                if nodes[state].longestHit != 0 { collect(state, &hits) }
            }
            // A state that is deeper is the beginning of a literal that needs no other start.
            let depth = depth(of: state)
            if depth < LiteralStarts.length, depth < position &- start { return position &- depth }
        }
        return position
    }

    /// How many bytes lead to the state, where they are no more than tell a start.
    @inline(__always)
    private func depth(of state: Int) -> Int {
        guard state < denseCount else { return Int(nodes[state].depth) }
        var depth = 0
        while depth < firstDeeper.count, firstDeeper[depth] <= state { depth &+= 1 }
        return depth
    }

    private func sparseStep(from start: Int, _ byte: UInt8) -> Int {
        var state = start
        let nodes = nodes.span
        while state >= denseCount {
            let node = nodes[state]
            var child = Int(node.firstChild)
            let end = child &+ Int(node.childCount)
            while child < end {
                if nodes[child].label == byte { return child }
                child &+= 1
            }
            state = Int(node.fallback)
        }
        return Int(rows[state &<< classBits | Int(classOfByte[Int(byte)])] & ~Self.hitBit)
    }

    /// What was found, in the order of finding.
    private struct Hits {
        var literals: [Int] = []
        private var seen: [UInt64] = []

        private static let few = 16

        /// Whether the literal is new.
        mutating func insert(_ literal: Int, of count: Int) -> Bool {
            guard literals.count >= Self.few else {
                if literals.contains(literal) { return false }
                if literals.isEmpty { literals.reserveCapacity(Self.few) }
                literals.append(literal)
                return true
            }
            if seen.isEmpty {
                seen = Array(repeating: 0, count: (count + 63) / 64)
                for known in literals { seen[known >> 6] |= 1 << UInt64(known & 63) }
            }
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
        var state = Int(nodes[state].longestHit)
        while state != 0, hits.insert(Int(literal[state]), of: literalCount) {
            state = Int(nodes[Int(nodes[state].fallback)].longestHit)
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
        /// How many bytes lead to each state; ascending.
        private(set) var depths = [0]

        /// `literals` sorted: those below one state are neighbours.
        init(_ literals: [[UInt8]]) {
            var below = [0..<literals.count]
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

        func children(of state: Int) -> Range<Int> { Int(firstChild[state])..<Int(firstChild[state + 1]) }

        /// All states: the first ones as they are, and behind them whole branches, one after the other.
        func order(behind first: Int) -> [Int] {
            var order = Array(0..<first)
            order.reserveCapacity(label.count)
            for state in 0..<first {
                var open = [children(of: state).clamped(to: first..<label.count)]
                while let siblings = open.popLast() {
                    order += siblings
                    for state in siblings.reversed() where !children(of: state).isEmpty { open.append(children(of: state)) }
                }
            }
            return order
        }

        /// Place d is the first state with more than d bytes, for each d below `depth`.
        func firstDeeper(than depth: Int) -> [Int] {
            (0..<depth).map { limit in depths.firstIndex { $0 > limit } ?? depths.count }
        }

        func child(of state: Int, _ byte: UInt8) -> Int? {
            children(of: state).first { label[$0] == byte }
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
            for child in trie.children(of: state) {
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
        _ count: Int, _ trie: Trie, _ fallback: [UInt32], _ longestHit: [UInt32], _ classOfByte: [UInt8], _ classBits: Int,
        _ place: [UInt32]
    ) -> [UInt32] {
        var rows = [UInt32](repeating: 0, count: count << classBits)
        for state in 0..<count {
            let row = state << classBits
            if state != 0 {
                let suffixRow = Int(fallback[state]) << classBits
                for column in 0..<(1 << classBits) { rows[row + column] = rows[suffixRow + column] }
            }
            for child in trie.children(of: state) {
                rows[row + Int(classOfByte[Int(trie.label[child])])] = place[child] | (longestHit[child] != 0 ? hitBit : 0)
            }
        }
        return rows
    }
}
