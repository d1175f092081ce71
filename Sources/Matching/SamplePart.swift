/// As much of a regular expression as samples need.
indirect enum SamplePart: Sendable {
    /// Texts that it matches, each by itself.
    case texts([String])
    /// One character: some that it matches, and all of those tried that it matches.
    case character([String], taken: Set<String>)
    case sequence([SamplePart])
    case choice([SamplePart])
    case repeated(SamplePart, minimum: Int, maximum: Int?)
    /// What is to come, or not to come, at a place, and is no part of the match.
    case ahead(SamplePart)

    static let nothing = SamplePart.texts([""])

    /// A short text that it matches.
    var sample: String {
        switch self {
        case .texts(let texts), .character(let texts, _): texts.first ?? ""
        case .sequence(let parts): parts.map(\.sample).joined()
        case .choice(let parts): parts.first?.sample ?? ""
        case .ahead: ""
        case .repeated(let part, let minimum, _): Self.repeated(part.sample, minimum, atMost: Self.shortBytes)
        }
    }

    /// Variants differ in the branch that is taken, in the character of a class, and in whether what may be left out is there.
    func example(_ variant: Int) -> String {
        switch self {
        case .texts(let texts): Self.example(variant, texts)
        case .character(let texts, let taken): Self.example(variant, texts + [taken.max() ?? ""].filter { !texts.contains($0) })
        case .sequence(let parts): parts.map { $0.example(variant) }.joined()
        case .choice(let parts): parts.isEmpty ? "" : parts[variant % parts.count].example(variant)
        case .ahead: ""
        case .repeated(let part, let minimum, _):
            Self.repeated(part.example(variant), variant % 2 == 0 ? minimum : max(1, minimum), atMost: Self.messageBytes)
        }
    }

    /// The part with one alternative of each choice, in order; choices of which there would be too many ways stay what they are.
    var branches: [SamplePart] {
        switch self {
        case .texts, .character, .ahead: [self]
        case .choice(let parts): Self.few(parts.flatMap(\.branches)) ?? [self]
        case .repeated(let part, let minimum, let maximum):
            minimum == 0 ? [self] : part.branches.map { .repeated($0, minimum: minimum, maximum: maximum) }
        case .sequence(let parts):
            parts.reduce([[SamplePart]]([[]])) { ways, part in
                let branches = part.branches
                return Self.few(ways.flatMap { way in branches.map { way + [$0] } }) ?? ways.map { $0 + [part] }
            }.map { .sequence($0) }
        }
    }

    /// False where it matches texts of which the samples are a few: a class of characters, or a part that is repeated.
    var isSpelledOut: Bool {
        switch self {
        case .texts, .ahead: true
        case .character(_, let taken): taken.count == 1
        case .sequence(let parts), .choice(let parts): parts.allSatisfy(\.isSpelledOut)
        case .repeated(let part, let minimum, let maximum): minimum == 0 && maximum == 1 && part.isSpelledOut
        }
    }

    private static func few<Way>(_ ways: [Way]) -> [Way]? { ways.count > 32 ? nil : ways }

    private static func example(_ variant: Int, _ texts: [String]) -> String {
        texts.isEmpty ? "" : texts[variant % texts.count]
    }

    /// Of a sample that stands for more.
    static let shortBytes = 128
    private static let messageBytes = 4_096

    /// A text that would be longer is cut, and then is no match.
    private static func repeated(_ text: String, _ times: Int, atMost bytes: Int) -> String {
        String(repeating: text, count: min(times, bytes / max(1, text.utf8.count)))
    }

    /// What is repeated: the sample of each of its alternatives, none of them empty.
    var samples: [String] {
        switch self {
        case .texts(let texts), .character(let texts, _): texts.filter { !$0.isEmpty }
        case .choice(let parts): parts.flatMap(\.samples)
        case .sequence(let parts): sequenceSamples(parts)
        case .repeated(let part, _, _): part.samples
        case .ahead: []
        }
    }

    /// With what may be left out, and without.
    private func sequenceSamples(_ parts: [SamplePart]) -> [String] {
        let visible = parts.filter { !$0.isEmpty }
        // A group around one part is that part.
        if visible.count == 1, let only = visible.first { return only.samples }
        return Array(Set([sample, fullSample])).filter { !$0.isEmpty }.sorted()
    }

    private var isEmpty: Bool {
        switch self {
        case .texts(let texts): texts.allSatisfy(\.isEmpty)
        case .ahead: true
        case .character, .sequence, .choice, .repeated: false
        }
    }

    /// With what may be left out.
    private var fullSample: String {
        switch self {
        case .texts, .character, .choice, .ahead: sample
        case .sequence(let parts): parts.map(\.fullSample).joined()
        case .repeated(let part, let minimum, _): Self.repeated(part.fullSample, max(1, minimum), atMost: Self.shortBytes)
        }
    }

    /// Whether something in it matches a text of one character.
    func takes(_ text: String) -> Bool {
        switch self {
        case .texts(let texts): texts.contains(text)
        case .character(_, let taken): taken.contains(text)
        case .sequence(let parts), .choice(let parts): parts.contains { $0.takes(text) }
        case .repeated(let part, _, _): part.takes(text)
        case .ahead: false
        }
    }
}

/// What a part of an expression stands between: samples of all before and after it, and of its neighbours, up to the next part
/// that repeats.
struct SampleContext {
    var before = ""
    var after = ""
    var left = ""
    var right = ""
}

struct RepeatedPart {
    let part: SamplePart
    let context: SampleContext
}

extension SamplePart {
    /// Repeated less often than this, a part makes nothing slow.
    private static let fewTimes = 10

    /// Of all parts that repeat the innermost first.
    func visit(_ context: SampleContext, _ body: (RepeatedPart) -> Void) {
        switch self {
        case .texts, .character: break
        case .sequence(let parts): Self.visit(parts, context, body)
        case .choice(let parts):
            for part in parts { part.visit(context, body) }
        case .ahead(let part): part.visit(context, body)
        case .repeated(let part, _, let maximum):
            part.visit(context, body)
            if maximum.map({ $0 >= Self.fewTimes }) ?? true { body(RepeatedPart(part: part, context: context)) }
        }
    }

    private static func visit(_ parts: [SamplePart], _ context: SampleContext, _ body: (RepeatedPart) -> Void) {
        let samples = parts.map(\.sample)
        for (index, part) in parts.enumerated() where !part.isSingle {
            let left = parts[..<index].reversed().prefix { !$0.isRepetition }.count
            let right = parts[(index + 1)...].prefix { !$0.isRepetition }.count
            var inner = context
            inner.before += samples[..<index].joined()
            inner.after = samples[(index + 1)...].joined() + inner.after
            let leftSample = samples[(index - left)..<index].joined()
            let rightSample = samples[(index + 1)..<(index + 1 + right)].joined()
            if !leftSample.isEmpty { inner.left = leftSample }
            if !rightSample.isEmpty { inner.right = rightSample }
            part.visit(inner, body)
        }
    }

    private var isSingle: Bool {
        switch self {
        case .texts, .character: true
        case .sequence, .choice, .repeated, .ahead: false
        }
    }

    /// Also in a group of its own.
    private var isRepetition: Bool {
        switch self {
        case .repeated: true
        case .sequence(let parts): parts.count == 1 && parts.allSatisfy(\.isRepetition)
        case .texts, .character, .choice, .ahead: false
        }
    }
}
