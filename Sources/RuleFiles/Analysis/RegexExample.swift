import Matching

/// Texts that a regular expression matches, made by reading it: at least the common part of the syntax. What is not
/// understood is left out, so every text is tried against the expression before it is given.
struct RegexExample {
    /// Distinct, at most `count`; none where reading the expression did not lead to a match.
    static func texts(of pattern: Pattern, count: Int = 6) -> [String] {
        var reader = RegexReader(pattern.source)
        let branches = reader.branches()
        var texts: [String] = []
        for variant in 0..<(count * 3) where texts.count < count {
            var writer = Writer(variant: variant)
            writer.write(.choice(branches))
            let text = String(writer.text)
            guard !texts.contains(text), case .match = pattern.firstMatch(in: text) else { continue }
            texts.append(text)
        }
        return texts
    }

    indirect enum Part {
        case character(Unicode.Scalar)
        case choice([[Part]])
        case repeated(Part, least: Int, most: Int)
        case nothing
    }

    /// Variants differ in the branch that is taken and in how often what may be repeated is.
    private struct Writer {
        let variant: Int
        var text = String.UnicodeScalarView()
        private static let longest = 2_000

        init(variant: Int) { self.variant = variant }

        mutating func write(_ part: Part) {
            guard text.count < Self.longest else { return }
            switch part {
            case .character(let scalar): text.append(scalar)
            case .nothing: break
            case .choice(let branches):
                guard !branches.isEmpty else { return }
                for part in branches[variant % branches.count] { write(part) }
            case .repeated(let part, let least, let most):
                let count = variant % 2 == 0 ? least : min(most, max(least, 1))
                for _ in 0..<min(count, Self.longest) { write(part) }
            }
        }
    }
}

/// Reads an expression leniently.
private struct RegexReader {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var depth = 0
    private static let deepest = 100
    private static let mostRepeated = 1_000

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private mutating func take() -> Unicode.Scalar? {
        guard let scalar = next else { return nil }
        place += 1
        return scalar
    }

    private mutating func takeIf(_ scalar: Unicode.Scalar) -> Bool {
        guard next == scalar else { return false }
        place += 1
        return true
    }

    private mutating func skip(past end: Unicode.Scalar) {
        while let scalar = take(), scalar != end {}
    }

    mutating func branches() -> [[RegexExample.Part]] {
        depth += 1
        defer { depth -= 1 }
        var branches: [[RegexExample.Part]] = [[]]
        while depth < Self.deepest, let scalar = next, scalar != ")" {
            place += 1
            if scalar == "|" {
                branches.append([])
            } else {
                let part = quantified(item(scalar))
                branches[branches.count - 1].append(part)
            }
        }
        return branches
    }

    private mutating func item(_ scalar: Unicode.Scalar) -> RegexExample.Part {
        switch scalar {
        case "(": group()
        case "[": characterClass()
        case "\\": escape()
        case ".": .character("a")
        case "^", "$": .nothing
        default: .character(scalar)
        }
    }

    private mutating func quantified(_ part: RegexExample.Part) -> RegexExample.Part {
        let bounds: (Int, Int)?
        switch next {
        case "*": bounds = (0, 1)
        case "+": bounds = (1, 2)
        case "?": bounds = (0, 1)
        case "{": return braced(part)
        default: bounds = nil
        }
        guard let bounds else { return part }
        place += 1
        if next == "?" || next == "+" { place += 1 }
        return .repeated(part, least: bounds.0, most: bounds.1)
    }

    private mutating func braced(_ part: RegexExample.Part) -> RegexExample.Part {
        let start = place
        place += 1
        let least = number()
        let most = takeIf(",") ? number() ?? least.map { $0 + 1 } : least
        guard let least, let most, takeIf("}") else {
            // A brace of its own, which comes as the next item.
            place = start
            return part
        }
        if next == "?" || next == "+" { place += 1 }
        return .repeated(part, least: min(least, Self.mostRepeated), most: min(max(least, most), Self.mostRepeated))
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            place += 1
        }
        return Int(digits)
    }

    private mutating func group() -> RegexExample.Part {
        var isSeen = true
        if takeIf("?") {
            switch take() {
            case "=", "!": isSeen = false
            case "<":
                if takeIf("=") || takeIf("!") { isSeen = false } else { skip(past: ">") }
            case "P":
                if takeIf("<") { skip(past: ">") }
            case "'": skip(past: "'")
            case ":", "|", ">": break
            default:
                while let scalar = next, scalar != ":", scalar != ")" { place += 1 }
                _ = takeIf(":")
            }
        }
        let inner = branches()
        _ = takeIf(")")
        return isSeen ? .choice(inner) : .nothing
    }

    private mutating func escape() -> RegexExample.Part {
        guard let scalar = take() else { return .nothing }
        switch scalar {
        case "d": return .character("1")
        case "D", "w", "S", "X", "N", "V", "H": return .character("a")
        case "W", "s", "h": return .character(" ")
        case "v", "R", "n": return .character("\n")
        case "t": return .character("\t")
        case "b", "B", "A", "Z", "z", "G", "K", "Q", "E": return .nothing
        case "p", "P":
            guard takeIf("{") else { return .character("a") }
            let name = String(String.UnicodeScalarView(scalars[place...].prefix { $0 != "}" }))
            skip(past: "}")
            return .character(Self.member(ofProperty: name))
        default: return .character(scalar)
        }
    }

    private static func member(ofProperty name: String) -> Unicode.Scalar {
        switch name {
        case "N", "Nd": "1"
        case "Lu": "A"
        case "Z", "Zs": " "
        case "P", "Po": "!"
        case "Sc": "$"
        case "Hangul": "가"
        case "Han": "中"
        case "Hiragana": "あ"
        case "Cyrillic": "я"
        default: "a"
        }
    }

    /// One member; of a negated class one that is not named in it.
    private mutating func characterClass() -> RegexExample.Part {
        let isNegated = takeIf("^")
        var members: [Unicode.Scalar] = []
        var isFirst = true
        while let scalar = take(), scalar != "]" || isFirst {
            isFirst = false
            if scalar == "\\" {
                if case .character(let member) = escape() { members.append(member) }
            } else if scalar == "[", next == ":" {
                skip(past: "]")
                members.append("a")
            } else if scalar == "-", let last = members.last, let end = next, end != "]" {
                place += 1
                // Enough of a range to know what a negated class leaves out.
                for value in last.value...max(last.value, min(end.value, last.value &+ 128)) {
                    if let scalar = Unicode.Scalar(value) { members.append(scalar) }
                }
            } else {
                members.append(scalar)
            }
        }
        guard isNegated else { return members.first.map { .character($0) } ?? .nothing }
        let others: [Unicode.Scalar] = ["a", "1", " ", "-", "é", "!", "中", "x"]
        return .character(others.first { !members.contains($0) } ?? "~")
    }
}
