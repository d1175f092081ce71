/// Reads PCRE2's syntax, and gives up on what it does not know.
struct SampleReader: PatternScanning {
    let scalars: [Unicode.Scalar]
    var position = 0
    private let caseExact: Bool
    /// Those that are on, of those that change what a part matches or how it is read.
    private var flags: Set<Unicode.Scalar> = []
    /// After `\Q`.
    private var isQuoting = false
    /// By number less 1; nil while a group is being read.
    private var groups: [SamplePart?] = []
    private var groupOfName: [String: Int] = [:]
    /// By source, with its flags: most expressions have the same class several times.
    private var characters: [String: SamplePart] = [:]

    init(_ source: String, caseExact: Bool) {
        scalars = Array(source.unicodeScalars)
        self.caseExact = caseExact
    }

    mutating func read() throws(Unknown) -> SamplePart {
        let part = try alternatives()
        guard isAtEnd else { throw Unknown() }
        return part
    }

    private mutating func alternatives() throws(Unknown) -> SamplePart {
        var branches: [[SamplePart]] = [[]]
        skipIgnored()
        while let scalar = next, isQuoting || scalar != ")" {
            position += 1
            if scalar == "|", !isQuoting {
                branches.append([])
            } else {
                let part = isQuoting ? try quoted(scalar) : try quantified(try item(scalar))
                branches[branches.count - 1].append(part)
            }
            skipIgnored()
        }
        let parts = branches.map { $0.count == 1 ? $0[0] : SamplePart.sequence($0) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    /// Between `\Q` and `\E`, of which only the last character can be repeated.
    private mutating func quoted(_ scalar: Unicode.Scalar) throws(Unknown) -> SamplePart {
        if takeEndOfQuote(from: position - 1) { return .nothing }
        let part = SamplePart.texts([String(scalar)])
        return takeEndOfQuote(from: position) ? try quantified(part) : part
    }

    private mutating func takeEndOfQuote(from start: Int) -> Bool {
        guard scalars[start...].starts(with: ["\\", "E"]) else { return false }
        position = start + 2
        isQuoting = false
        return true
    }

    /// Under `(?x)` spaces and comments.
    private mutating func skipIgnored() {
        guard flags.contains("x"), !isQuoting else { return }
        while let scalar = next {
            if scalar == "#" {
                while let scalar = next, scalar != "\n" { position += 1 }
            } else if !scalar.properties.isPatternWhitespace {
                return
            } else {
                position += 1
            }
        }
    }

    private mutating func item(_ scalar: Unicode.Scalar) throws(Unknown) -> SamplePart {
        switch scalar {
        case "(": try group()
        case "[": try characterClass()
        case "\\": try escape()
        case ".": try matched(by: (position - 1)..<position)
        case "^", "$": .nothing
        case "*", "+", "?": throw Unknown()
        default: .texts([String(scalar)])
        }
    }
}

// MARK: - Quantifiers

extension SampleReader {
    private mutating func quantified(_ part: SamplePart) throws(Unknown) -> SamplePart {
        skipIgnored()
        let (minimum, maximum): (Int, Int?)
        switch next {
        case "*": (minimum, maximum) = (0, nil)
        case "+": (minimum, maximum) = (1, nil)
        case "?": (minimum, maximum) = (0, 1)
        case "{":
            guard let bounds = bounds() else { return part }
            (minimum, maximum) = bounds
        default: return part
        }
        position += 1
        skipIgnored()
        if next == "?" || next == "+" { position += 1 }
        return .repeated(part, minimum: minimum, maximum: maximum)
    }

    /// Up to the closing brace; nil for a brace that is a character.
    private mutating func bounds() -> (Int, Int?)? {
        let start = position
        position += 1
        if let low = number() {
            let high = takeIf(",") ? number() : low
            if next == "}" { return (low, high) }
        }
        position = start
        return nil
    }

}

// MARK: - Groups

extension SampleReader {
    private mutating func group() throws(Unknown) -> SamplePart {
        if takeIf("*") { return try verb() }
        guard takeIf("?") else { return flags.contains("n") ? try groupBody() : try capturing(name: nil) }
        switch try take() {
        case ":", "|", ">": return try groupBody()
        case "=", "!": return .ahead(try groupBody())
        case "<":
            // What must stand before stands in the text.
            if takeIf("=") { return .texts([try groupBody().sample]) }
            if takeIf("!") { return try ignored() }
            return try capturing(name: try text(upTo: ">"))
        case "'": return try capturing(name: try text(upTo: "'"))
        case "P": return try pythonGroup()
        case "#":
            try skip(past: ")")
            return .nothing
        case "&": return reference(to: try text(upTo: ")"))
        case "(": return try conditional()
        case let flag: return try isReference(flag) ? reference(to: try rest(flag)) : flagged(flag)
        }
    }

    /// `(*UCP)`, `(*SKIP)`; what stands in `(*atomic:…)` is not read.
    private mutating func verb() throws(Unknown) -> SamplePart {
        guard let first = next, ("A"..."Z").contains(first) || first == ":" else { throw Unknown() }
        try skip(past: ")")
        return .nothing
    }

    private mutating func text(upTo end: Unicode.Scalar) throws(Unknown) -> String {
        let start = position
        try skip(past: end)
        return String(String.UnicodeScalarView(scalars[start..<(position - 1)]))
    }

    private mutating func pythonGroup() throws(Unknown) -> SamplePart {
        switch try take() {
        case "<": try capturing(name: try text(upTo: ">"))
        case "=", ">": reference(to: try text(upTo: ")"))
        default: throw Unknown()
        }
    }

    /// `(?1)`, `(?-1)`, `(?+1)` and `(?R)`, unlike the flags `(?-i)`.
    private func isReference(_ flag: Unicode.Scalar) -> Bool {
        if flag == "R" || ("0"..."9").contains(flag) { return true }
        guard flag == "-" || flag == "+", let next else { return false }
        return ("0"..."9").contains(next)
    }

    private mutating func rest(_ first: Unicode.Scalar) throws(Unknown) -> String {
        String(first) + (try text(upTo: ")"))
    }

    private mutating func capturing(name: String?) throws(Unknown) -> SamplePart {
        let number = groups.count
        groups.append(nil)
        if let name { groupOfName[name] = number }
        let part = try groupBody()
        groups[number] = part
        return part
    }

    /// Flags that are set in a group hold to its end.
    private mutating func groupBody() throws(Unknown) -> SamplePart {
        let outer = flags
        let part = try alternatives()
        flags = outer
        guard takeIf(")") else { throw Unknown() }
        return part
    }

    private mutating func ignored() throws(Unknown) -> SamplePart {
        _ = try groupBody()
        return .nothing
    }

    /// `(?(1)yes|no)`: both are possible.
    private mutating func conditional() throws(Unknown) -> SamplePart {
        if next == "?" {
            _ = try group()
        } else {
            try skip(past: ")")
        }
        return try groupBody()
    }

    private mutating func flagged(_ first: Unicode.Scalar) throws(Unknown) -> SamplePart {
        let outer = flags
        var flag = first
        var isOn = true
        while "imsnxJU-^".unicodeScalars.contains(flag) {
            switch flag {
            case "-": isOn = false
            case "^": flags.subtract(["i", "m", "n", "s", "x"])
            case _ where isOn: flags.insert(flag)
            default: flags.remove(flag)
            }
            noteCase(flag, isOn)
            flag = try take()
        }
        if flag == ")" { return .nothing }
        guard flag == ":" else { throw Unknown() }
        let part = try groupBody()
        flags = outer
        return part
    }

    /// `-` stands for case that is exact, whatever holds for the expression.
    private mutating func noteCase(_ flag: Unicode.Scalar, _ isOn: Bool) {
        if flag == "^" || flag == "i" && !isOn { flags.insert("-") }
        if flag == "i" && isOn { flags.remove("-") }
    }

    /// What a group matched again, or the group again, as far as it was read before: of what is read later there is no sample.
    private func reference(to name: String) -> SamplePart {
        let number: Int?
        if let index = groupOfName[name] {
            number = index
        } else if name.hasPrefix("-") {
            number = Int(name).map { groups.count + $0 }
        } else {
            number = Int(name).map { $0 - 1 }
        }
        guard let number, groups.indices.contains(number), let sample = groups[number]?.sample,
            // Groups that each refer to the one before, twice, would double it as often.
            sample.utf8.count <= SamplePart.shortBytes
        else { return .nothing }
        return .texts([sample])
    }
}

// MARK: - Escapes and classes

extension SampleReader {
    private mutating func escape() throws(Unknown) -> SamplePart {
        let start = position - 1
        switch try take() {
        case "b", "B", "A", "Z", "z", "G", "K", "E": return .nothing
        case "Q":
            isQuoting = true
            return .nothing
        case "p", "P":
            if try take() == "{" { try skip(past: "}") }
        case "N": if next == "{" { throw Unknown() }
        case "x", "o", "c": return .texts([String(try coded(scalars[position - 1]))])
        case "0": return .texts(["\0"])
        case "1"..."9":
            position -= 1
            return numberedReference()
        case "k", "g": return try namedReference()
        case "C": throw Unknown()
        default: break
        }
        return try matched(by: start..<position)
    }

    /// `\x61`, `\x{61}`, `\o{141}` and `\cA`, after the letter.
    private mutating func coded(_ letter: Unicode.Scalar) throws(Unknown) -> Unicode.Scalar {
        if letter == "c" {
            let upper = try take().properties.uppercaseMapping.unicodeScalars
            guard let made = upper.first.flatMap({ Unicode.Scalar($0.value ^ 64) }) else { throw Unknown() }
            return made
        }
        var digits = ""
        if takeIf("{") {
            digits = try text(upTo: "}")
        } else if letter == "x" {
            while digits.count < 2, let digit = next, digit.properties.isASCIIHexDigit {
                digits.unicodeScalars.append(digit)
                position += 1
            }
        }
        guard let value = UInt32(digits, radix: letter == "x" ? 16 : 8), let scalar = Unicode.Scalar(value) else {
            throw Unknown()
        }
        return scalar
    }

    /// `\k<n>`, `\k'n'`, `\k{n}`, `\g{n}`, `\g1`, `\g-1` and `\g<n>`.
    private mutating func namedReference() throws(Unknown) -> SamplePart {
        switch try take() {
        case "<": return reference(to: try text(upTo: ">"))
        case "'": return reference(to: try text(upTo: "'"))
        case "{": return reference(to: try text(upTo: "}"))
        case "-": return numberedReference(sign: "-")
        case "0"..."9":
            position -= 1
            return numberedReference()
        default: throw Unknown()
        }
    }

    private mutating func numberedReference(sign: String = "") -> SamplePart {
        reference(to: sign + (number().map { String($0) } ?? ""))
    }

    private mutating func characterClass() throws(Unknown) -> SamplePart {
        let start = position - 1
        _ = takeIf("^")
        var named: [Unicode.Scalar] = []
        var isFirst = true
        while true {
            let scalar = try take()
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "\\" {
                switch try take() {
                case "Q": named += try quotedMembers()
                case "x", "o", "c": named.append(try coded(scalars[position - 1]))
                default: break
                }
            } else if scalar == "[", let following = next, ":.=".unicodeScalars.contains(following) {
                try skip(past: "]")
            }
        }
        return try matched(by: start..<position, alsoTrying: named)
    }

    /// Of a class, up to `\E`.
    private mutating func quotedMembers() throws(Unknown) -> [Unicode.Scalar] {
        let start = position
        while !(try take() == "\\" && next == "E") {}
        position += 1
        return Array(scalars[start..<(position - 2)])
    }

    /// Characters that a class or an escape matches: tried out.
    private mutating func matched(
        by range: Range<Int>, alsoTrying named: [Unicode.Scalar] = []
    ) throws(Unknown) -> SamplePart {
        let source = flagPrefix + "\\A" + String(String.UnicodeScalarView(scalars[range])) + "\\z"
        if let known = characters[source] { return known }
        guard let pattern = try? Pattern(source, caseExact: caseExact) else { throw Unknown() }
        let tried = Self.candidates + PatternSamples.breakers + (named + scalars[range]).map { String($0) }
        let texts = tried.filter { if case .match = pattern.firstMatch(in: $0) { true } else { false } }
        // Of a rare script: the other parts have samples.
        guard let first = texts.first else { return .nothing }
        // Of words and numbers one each: what repeats them may repeat both.
        let part = SamplePart.character(texts.dropFirst().contains("1") ? [first, "1"] : [first], taken: Set(texts))
        characters[source] = part
        return part
    }

    private var flagPrefix: String {
        let on = flags.subtracting(["-", "n", "J", "U"]).sorted().map { String($0) }.joined()
        let exact = flags.contains("-") ? "-i" : ""
        return on.isEmpty && exact.isEmpty ? "" : "(?\(on)\(exact))"
    }

    private static let candidates = [
        "a", "1", " ", "-", ".", "!", "\n", "\r\n", "\t", "A", "_", "é", "中", ",", ";", ":", "가", "あ", "я", "ب", "😀", "€", "\r",
        "\u{B}", "\u{C}", "\u{1B}", "\u{7}",
    ]
}
