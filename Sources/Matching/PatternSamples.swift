/// Texts that a regular expression has much work with, made from its own parts: each repeated part often, and then something
/// that makes it fail.
///
/// Reads the syntax as far as it is certain what a part matches; of an expression with other syntax there are no texts.
package struct PatternSamples: Sendable, Hashable {
    /// A text of any length: `before`, then `pump` so many times, then `after`.
    package struct Pump: Sendable, Hashable {
        package var before: String
        package var pump: String
        package var after: String

        package func text(times: Int) -> String { before + String(repeating: pump, count: max(0, times)) + after }
    }

    /// At most so many.
    package static let limit = 24

    /// Those of the innermost repeated parts first.
    package let pumps: [Pump]

    package init(of pattern: Pattern) {
        var reader = SampleReader(pattern.source)
        guard let part = try? reader.read() else {
            pumps = []
            return
        }
        var found: [Pump] = []
        part.visit(before: "", after: "") { before, pump, after in
            for end in ["!" + after, "", "\n" + after] where found.count < Self.limit {
                let made = Pump(before: before, pump: pump, after: end)
                if !found.contains(made) { found.append(made) }
            }
        }
        pumps = found
    }
}

extension PatternSamples {
    /// Different texts that the expression matches, at most `count`; none where its syntax is not read, or no try matched.
    package static func matches(of pattern: Pattern, count: Int = 6) -> [String] {
        var reader = SampleReader(pattern.source)
        guard let part = try? reader.read() else { return [] }
        var texts: [String] = []
        for variant in 0..<(count * 3) where texts.count < count {
            let text = part.example(variant)
            // What is looked at around a match is not read, so each is tried.
            guard !texts.contains(text), case .match = pattern.firstMatch(in: text) else { continue }
            texts.append(text)
        }
        return texts
    }
}

/// As much of a regular expression as samples need.
private indirect enum SamplePart {
    /// Texts that it matches, each by itself.
    case texts([String])
    case sequence([SamplePart])
    case choice([SamplePart])
    case repeated(SamplePart, minimum: Int, maximum: Int?)

    /// A short text that it matches.
    var sample: String {
        switch self {
        case .texts(let texts): texts.first ?? ""
        case .sequence(let parts): parts.map(\.sample).joined()
        case .choice(let parts): parts.first?.sample ?? ""
        case .repeated(let part, let minimum, _): String(repeating: part.sample, count: min(minimum, 64))
        }
    }

    /// Variants differ in the branch that is taken, and in whether what may be left out is there.
    func example(_ variant: Int) -> String {
        switch self {
        case .texts(let texts): texts.isEmpty ? "" : texts[variant % texts.count]
        case .sequence(let parts): parts.map { $0.example(variant) }.joined()
        case .choice(let parts): parts.isEmpty ? "" : parts[variant % parts.count].example(variant)
        case .repeated(let part, let minimum, _):
            Self.repeated(part.example(variant), variant % 2 == 0 ? minimum : max(1, minimum))
        }
    }

    /// A text that would be longer than a message is cut, and then is no match.
    private static func repeated(_ text: String, _ times: Int) -> String {
        String(repeating: text, count: min(times, 4_096 / max(1, text.utf8.count)))
    }

    /// What is repeated: the sample of each of its alternatives.
    private var samples: [String] {
        switch self {
        case .texts(let texts): texts
        case .choice(let parts): parts.flatMap(\.samples)
        case .sequence(let parts):
            // With what may be left out, and without.
            Array(Set([sample, parts.map { $0.fullSample }.joined()])).sorted()
        case .repeated(let part, _, _): part.samples
        }
    }

    /// With what may be left out.
    private var fullSample: String {
        switch self {
        case .texts, .choice: sample
        case .sequence(let parts): parts.map(\.fullSample).joined()
        case .repeated(let part, let minimum, _): String(repeating: part.fullSample, count: min(max(1, minimum), 64))
        }
    }

    /// Repeated less often than this, a part makes nothing slow.
    private static let fewTimes = 10

    func visit(before: String, after: String, _ body: (String, String, String) -> Void) {
        switch self {
        case .texts: break
        case .sequence(let parts):
            for (index, part) in parts.enumerated() {
                let left = parts[..<index].map(\.sample).joined()
                let right = parts[(index + 1)...].map(\.sample).joined()
                part.visit(before: before + left, after: right + after, body)
            }
        case .choice(let parts):
            for part in parts { part.visit(before: before, after: after, body) }
        case .repeated(let part, _, let maximum):
            guard maximum.map({ $0 >= Self.fewTimes }) ?? true else { return }
            part.visit(before: before, after: after, body)
            for sample in part.samples.prefix(4) where !sample.isEmpty { body(before, sample, after) }
        }
    }
}

/// Reads PCRE2's syntax, and gives up on what it does not know.
private struct SampleReader: PatternScanning {
    let scalars: [Unicode.Scalar]
    var position = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    mutating func read() throws(Unknown) -> SamplePart {
        let part = try alternatives()
        guard isAtEnd else { throw Unknown() }
        return part
    }

    private mutating func alternatives() throws(Unknown) -> SamplePart {
        var branches: [[SamplePart]] = [[]]
        while let scalar = next, scalar != ")" {
            position += 1
            if scalar == "|" {
                branches.append([])
            } else {
                let part = try quantified(try item(scalar))
                branches[branches.count - 1].append(part)
            }
        }
        let parts = branches.map { SamplePart.sequence($0) }
        return parts.count == 1 ? parts[0] : .choice(parts)
    }

    private mutating func item(_ scalar: Unicode.Scalar) throws(Unknown) -> SamplePart {
        switch scalar {
        case "(": try group()
        case "[": try characterClass()
        case "\\": try escape()
        case ".": .texts(["a"])
        case "^", "$": .texts([""])
        case "*", "+", "?", "{": throw Unknown()
        default: .texts([String(scalar)])
        }
    }

    private mutating func quantified(_ part: SamplePart) throws(Unknown) -> SamplePart {
        let (minimum, maximum): (Int, Int?)
        switch next {
        case "*": (minimum, maximum) = (0, nil)
        case "+": (minimum, maximum) = (1, nil)
        case "?": (minimum, maximum) = (0, 1)
        case "{":
            position += 1
            guard let low = number() else { throw Unknown() }
            let high = takeIf(",") ? number() : low
            guard next == "}" else { throw Unknown() }
            (minimum, maximum) = (low, high)
        default: return part
        }
        position += 1
        if next == "?" || next == "+" { position += 1 }
        return .repeated(part, minimum: minimum, maximum: maximum)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let scalar = next, ("0"..."9").contains(scalar) {
            digits.unicodeScalars.append(scalar)
            position += 1
        }
        return Int(digits)
    }

    private mutating func group() throws(Unknown) -> SamplePart {
        guard takeIf("?") else { return next == "*" ? try unknown() : try groupBody() }
        switch try take() {
        case ":", "|", ">": return try groupBody()
        case "=", "!": return try lookaround()
        case "<":
            if takeIf("=") || takeIf("!") { return try lookaround() }
            try skip(past: ">")
        case "'": try skip(past: "'")
        case "P":
            guard takeIf("<") else { throw Unknown() }
            try skip(past: ">")
        case let flag:
            var flag = flag
            while "imsnJU-^".unicodeScalars.contains(flag) { flag = try take() }
            if flag == ")" { return .texts([""]) }
            guard flag == ":" else { throw Unknown() }
        }
        return try groupBody()
    }

    private func unknown() throws(Unknown) -> SamplePart { throw Unknown() }

    private mutating func groupBody() throws(Unknown) -> SamplePart {
        let part = try alternatives()
        guard takeIf(")") else { throw Unknown() }
        return part
    }

    private mutating func lookaround() throws(Unknown) -> SamplePart {
        _ = try groupBody()
        return .texts([""])
    }

    private mutating func escape() throws(Unknown) -> SamplePart {
        let start = position - 1
        let scalar = try take()
        switch scalar {
        case "b", "B", "A", "Z", "z", "G", "K": return .texts([""])
        case "p", "P":
            if try take() == "{" { try skip(past: "}") }
        case "0"..."9", "Q", "E", "g", "k", "c", "x", "o", "N", "C": throw Unknown()
        default: break
        }
        return try matched(by: start..<position)
    }

    private mutating func characterClass() throws(Unknown) -> SamplePart {
        let start = position - 1
        _ = takeIf("^")
        var isFirst = true
        while true {
            let scalar = try take()
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "\\" {
                if ["Q", "E", "c"].contains(try take()) { throw Unknown() }
            } else if scalar == "[", let following = next, ":.=".unicodeScalars.contains(following) {
                try skip(past: "]")
            }
        }
        return try matched(by: start..<position)
    }

    /// Characters that a class or an escape matches: tried out.
    private func matched(by range: Range<Int>) throws(Unknown) -> SamplePart {
        let source = String(String.UnicodeScalarView(scalars[range]))
        guard let pattern = try? Pattern("\\A" + source + "\\z") else { throw Unknown() }
        let candidates = Self.candidates + scalars[range].map { String($0) }
        let texts = candidates.filter { if case .match = pattern.firstMatch(in: $0) { true } else { false } }
        guard let first = texts.first else { throw Unknown() }
        // Of words and numbers one each: what repeats them may repeat both.
        return .texts(texts.dropFirst().contains("1") ? [first, "1"] : [first])
    }

    private static let candidates = ["a", "1", " ", "-", ".", "!", "\n", "\r\n", "\t", "A", "_", "é", "中"]
}
