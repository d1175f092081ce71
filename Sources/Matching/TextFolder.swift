/// Folds texts under one `Folding`.
///
/// Most characters fold by themselves: a table gives their bytes. Where characters act on each other (marks, jamo, dropped
/// characters), the stretch from the character before them is taken apart, folded and composed again as Unicode's
/// normalisation does. The stretch ends before the next character that folds by itself, so both ways give the same bytes.
final class TextFolder: Sendable {
    private let folding: Folding
    /// What each character below `tableEnd` folds to when it folds by itself.
    private let table: [QuickFold]
    /// Whether ASCII from the space on folds as `ASCIIWord` does.
    private let foldsASCIIPlainly: Bool

    private static let tableEnd: UInt32 = 0x3200
    private static let full = TextFolder(.full)
    private static let caseExact = TextFolder(Folding(caseExact: true))
    private static let accentsExact = TextFolder(Folding(accentsExact: true))
    private static let bothExact = TextFolder(Folding(caseExact: true, accentsExact: true))

    static func folder(for folding: Folding) -> TextFolder {
        switch (folding.caseExact, folding.accentsExact) {
        case (false, false): full
        case (true, false): caseExact
        case (false, true): accentsExact
        case (true, true): bothExact
        }
    }

    private init(_ folding: Folding) {
        self.folding = folding
        let table = (0..<Self.tableEnd).map { Self.quickFold(of: $0, folding) }
        self.table = table
        foldsASCIIPlainly = ASCIIWord.characters.allSatisfy { byte in
            table[Int(byte)] == Self.quickFold(of: [UInt32(folding.caseExact ? byte : ASCIIWord.lowercased(byte))])
        }
    }

    func folded(_ text: String) -> [UInt8] {
        let utf8 = text.utf8
        return utf8.withContiguousStorageIfAvailable { folded($0) } ?? Array(utf8).withUnsafeBufferPointer { folded($0) }
    }

    /// Whether a character keeps its folding whatever stands around it: it is no mark, joins nothing before it and is not
    /// dropped. It may still compose with what follows.
    func foldsAlone(_ scalar: UInt32) -> Bool {
        quickFold(of: scalar) != .complex
    }

    /// What a character folds to when nothing stands around it.
    func foldedScalars(of scalar: UInt32) -> [UInt32] {
        var scalars = [scalar]
        Self.fold(&scalars, folding)
        return scalars
    }
}

// MARK: - Characters that fold by themselves

/// The bytes of one folded character: at most three, the first lowest, and their number in bits 24–31. What does not fit,
/// or depends on its neighbours, is `.complex`.
private struct QuickFold: Equatable {
    let rawValue: UInt32

    var length: UInt32 { rawValue >> 24 }

    static let complex = QuickFold(rawValue: 0)
    /// The character itself, of whatever length.
    static let itself = QuickFold(rawValue: 0xFE00_0000)
}

extension TextFolder {
    @inline(__always)
    private func quickFold(of scalar: UInt32) -> QuickFold {
        scalar < Self.tableEnd ? table[Int(scalar)] : Self.quickFold(of: scalar, folding)
    }

    private static func quickFold(of scalar: UInt32, _ folding: Folding) -> QuickFold {
        let entry = tables.entry(of: scalar)
        let traits = CharacterTraits(rawValue: UInt8(truncatingIfNeeded: entry))
        if !traits.isDisjoint(with: [.mark, .ignorable, .joinsBack]) { return .complex }
        if traits.contains(.whiteSpace) { return quickFold(of: CollectionOfOne(0x20)) }
        if entry >> 16 == 0 { return scalar < tableEnd ? quickFold(of: CollectionOfOne(scalar)) : .itself }
        var scalars = [scalar]
        fold(&scalars, folding)
        let dependsOnNeighbours = scalars.contains { each in
            each == 0x20 || !tables.traits(of: each).isDisjoint(with: [.mark, .ignorable, .joinsBack])
        }
        return dependsOnNeighbours ? .complex : quickFold(of: scalars)
    }

    private static func quickFold(of scalars: some Collection<UInt32>) -> QuickFold {
        var (value, count) = (UInt32(0), UInt32(0))
        for scalar in scalars {
            UTF8Scalars.encode(scalar) { byte in
                if count < 3 { value |= UInt32(byte) << (8 * count) }
                count += 1
            }
        }
        return (1...3).contains(count) ? QuickFold(rawValue: value | count << 24) : .complex
    }
}

// MARK: - Whole texts

extension TextFolder {
    private func folded(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        // Few texts become longer, and these hardly.
        var length = input.count
        while true {
            if let folded = folded(input, atMost: length) { return folded }
            length *= 4
        }
    }

    /// Nil when it would become longer than that.
    private func folded(_ input: UnsafeBufferPointer<UInt8>, atMost length: Int) -> [UInt8]? {
        var fits = false
        let bytes = [UInt8](unsafeUninitializedCapacity: length + FoldedBytes.margin) { buffer, count in
            var output = FoldedBytes(buffer)
            fits = fold(input, into: &output)
            count = fits ? output.trimmedCount : 0
        }
        return fits ? bytes : nil
    }

    /// False when there is no room for it.
    @inline(__always)
    private func fold(_ input: UnsafeBufferPointer<UInt8>, into output: inout FoldedBytes) -> Bool {
        let entries = self.table
        let table = entries.span
        // Where the character began that was folded last, to take it back when the next one acts on it.
        var last = (input: 0, output: 0)
        var position = 0
        while position < input.count {
            guard output.hasRoom else { return false }
            if foldsASCIIPlainly, let start = input.baseAddress, position &+ ASCIIWord.length <= input.count {
                let count = output.append(ASCIIWord(start + position), lowercased: !folding.caseExact)
                if count > 0 {
                    position &+= count
                    last = (position &- 1, output.count &- 1)
                    continue
                }
            }
            let byte = input[position]
            if byte < 0x80 {
                // ASCII never acts on the character before it: only before other characters is a mark needed.
                if position &+ 1 < input.count, input[position &+ 1] >= 0x80 { last = (position, output.count) }
                output.append(UInt8(truncatingIfNeeded: table[Int(byte)].rawValue))
                position &+= 1
                continue
            }
            let (scalar, length) = UTF8Scalars.scalar(in: input, at: position)
            if Hangul.isSyllable(scalar) {
                last = (position, output.count)
                output.append(input, at: position, count: Hangul.syllableLength)
                position &+= Hangul.syllableLength
                continue
            }
            let quick = scalar < Self.tableEnd ? table[Int(scalar)] : Self.quickFold(of: scalar, folding)
            if quick == .complex {
                output.removeAll(from: last.output)
                let stretch = stretch(in: input, from: last.input)
                for scalar in stretch.folded {
                    guard output.hasRoom else { return false }
                    UTF8Scalars.encode(scalar) { output.append($0) }
                }
                position = stretch.end
                last = (position, output.count)
                continue
            }
            last = (position, output.count)
            if quick == .itself {
                output.append(input, at: position, count: length)
            } else {
                output.append(UInt8(truncatingIfNeeded: quick.rawValue))
                if quick.length > 1 { output.append(UInt8(truncatingIfNeeded: quick.rawValue >> 8)) }
                if quick.length > 2 { output.append(UInt8(truncatingIfNeeded: quick.rawValue >> 16)) }
            }
            position &+= length
        }
        return true
    }

    /// Folds one character and all after it that do not fold by themselves; `end` is where the next one begins.
    private func stretch(in input: UnsafeBufferPointer<UInt8>, from start: Int) -> (folded: [UInt32], end: Int) {
        var scalars: [UInt32] = []
        var position = start
        while position < input.count {
            let (scalar, length) = UTF8Scalars.scalar(in: input, at: position)
            if position > start, foldsAlone(scalar) { break }
            scalars.append(scalar)
            position += length
        }
        Self.fold(&scalars, folding)
        return (scalars, position)
    }
}

// MARK: - Characters that act on each other

extension TextFolder {
    /// U+0345, the iota subscript: a mark up to case folding, then a letter. It is ordered as a mark first, so that
    /// equivalent spellings stay equivalent, and where the case is exact it stays: it is no diacritic.
    private static let iotaSubscript: UInt32 = 0x345
    private static let iota: UInt32 = 0x3B9
    private static var tables: UnicodeTables { UnicodeTables.shared }

    private static func fold(_ scalars: inout [UInt32], _ folding: Folding) {
        scalars = decomposed(scalars, caseExact: folding.caseExact)
        orderMarks(&scalars)
        if !folding.caseExact {
            for index in scalars.indices where scalars[index] == iotaSubscript { scalars[index] = iota }
        }
        if !folding.accentsExact { dropDiacritics(&scalars) }
        compose(&scalars)
    }

    private static func decomposed(_ scalars: [UInt32], caseExact: Bool) -> [UInt32] {
        var result: [UInt32] = []
        result.reserveCapacity(scalars.count * 2)
        for scalar in scalars {
            let entry = tables.entry(of: scalar)
            if CharacterTraits(rawValue: UInt8(truncatingIfNeeded: entry)).contains(.ignorable) { continue }
            if let parts = tables.decomposition(of: scalar, caseExact: caseExact) {
                result += parts
            } else if let syllable = Hangul.decomposition(of: scalar) {
                result.append(syllable.lead)
                result.append(syllable.vowel)
                if let trail = syllable.trail { result.append(trail) }
            } else {
                result.append(scalar)
            }
        }
        return result
    }

    /// Unicode's canonical ordering: runs of marks by combining class, equal classes in their order.
    private static func orderMarks(_ scalars: inout [UInt32]) {
        var start = 0
        while start < scalars.count {
            guard tables.combiningClass(of: scalars[start]) != 0 else {
                start += 1
                continue
            }
            var end = start
            var keys: [UInt64] = []
            while end < scalars.count {
                let combiningClass = tables.combiningClass(of: scalars[end])
                if combiningClass == 0 { break }
                keys.append(UInt64(combiningClass) << 56 | UInt64(end) << 24 | UInt64(scalars[end]))
                end += 1
            }
            if keys.count > 1 {
                keys.sort()
                for (offset, key) in keys.enumerated() { scalars[start + offset] = UInt32(key & 0xFF_FFFF) }
            }
            start = end
        }
    }

    private static func dropDiacritics(_ scalars: inout [UInt32]) {
        var baseTakesAccents = false
        scalars.removeAll { scalar in
            let traits = tables.traits(of: scalar)
            if traits.contains(.mark) { return baseTakesAccents && traits.contains(.diacritic) }
            baseTakesAccents = traits.contains(.accentBase)
            return false
        }
    }

    /// Unicode's canonical composition algorithm.
    private static func compose(_ scalars: inout [UInt32]) {
        guard var starter = scalars.firstIndex(where: { tables.combiningClass(of: $0) == 0 }) else { return }
        var end = starter + 1
        var lastClass: UInt8 = 0
        for index in end..<max(end, scalars.count) {
            let scalar = scalars[index]
            let combiningClass = tables.combiningClass(of: scalar)
            let isBlocked = end - 1 > starter && lastClass >= combiningClass
            if !isBlocked, tables.traits(of: scalar).contains(.joinsBack),
                let composed = tables.composition(scalars[starter], scalar)
            {
                scalars[starter] = composed
                continue
            }
            if combiningClass == 0 { starter = end }
            lastClass = combiningClass
            scalars[end] = scalar
            end += 1
        }
        scalars.removeSubrange(end...)
    }
}
