/// What stands in for names, e-mails, numbers and ids: the same for the same, never the same for two, and of the same shape, so
/// that what was a phone number or a hexadecimal id still is one.
struct StandIns: Sendable {
    private var standIns: [String: String] = [:]
    private var taken: Set<String>
    private let kept: KeptWords
    private let mailboxBase: String
    private var counters: [String: Int] = [:]
    private(set) var counts = AnonymizationCounts()

    /// - Parameters:
    ///   - originals: nothing may get one of these for a stand-in.
    ///   - kept: nor a word that rules look for.
    init(avoiding originals: Set<String>, kept: KeptWords) {
        taken = originals
        self.kept = kept
        mailboxBase = ["person", "mailbox", "someone", "anybody"].first { !kept.mayBeTaken(for: $0 + "1") } ?? "person"
    }

    /// Says what stands in for an id from now on.
    mutating func fix(_ original: String, _ standIn: String) {
        standIns["id " + original] = standIn
        taken.insert(standIn)
    }

    /// For one word of a name; in capitals as that is.
    mutating func word(_ original: String) -> String {
        let syllables = Syllables(like: original)
        let standIn = remembered("name " + original.lowercased(), \.names, counter: syllables.name) { syllables.word($0) }
        if original.count > 1, original.uppercased() == original, original.lowercased() != original {
            return standIn.uppercased()
        }
        guard original.first?.isUppercase == true else { return standIn }
        return standIn.prefix(1).uppercased() + standIn.dropFirst()
    }

    /// For a name that is made of words that name nobody: `guest-412` stays a guest with a number, `Agent Name` is two others.
    mutating func phrase(_ original: String) -> String {
        let runs = TextRun.runs(of: original)
        guard runs.contains(where: \.isNumber) else {
            return runs.map { $0.kind == .gap || kept.includes($0.text) ? $0.text : word($0.text) }.joined()
        }
        // Four digits at least, so that there are enough of them.
        let numbers = runs.map { $0.isNumber ? Shape(String(repeating: "1", count: max(4, $0.text.count))) : nil }
        return remembered("phrase " + original.lowercased(), \.names) { number in
            zip(runs, numbers).map { run, shape in shape?.text(number) ?? run.text }.joined()
        }
    }

    mutating func mailbox(_ original: String) -> String {
        let base = mailboxBase
        return remembered("mailbox " + original.lowercased(), \.emails) { "\(base)\($0)" }
    }

    /// Digits for digits and letters for letters, in the same places. The first digit of a longer number stays, as rules may go
    /// by it.
    mutating func id(_ original: String) -> String { shaped(original, \.ids) }

    mutating func token(_ original: String) -> String { shaped(original, \.tokens) }

    /// The same, but for the places that are to stay.
    mutating func id(_ original: String, keeping places: Set<Int>) -> String {
        guard !places.isEmpty else { return id(original) }
        return Self.merged(id(original), original, keeping: places)
    }

    /// The last eight digits, which are a subscriber's; country and area stay. As it is where it has fewer than five.
    ///
    /// - Parameter places: of the digits, which are to stay.
    mutating func phone(_ original: String, keeping places: (String) -> Set<Int>) -> String {
        let digits = original.filter { $0.isASCII && $0.isNumber }
        guard digits.count >= 5 else { return original }
        let last = String(digits.suffix(8))
        let standIn = remembered("phone " + last, \.phones, counter: Shape(last).name) { Shape(last).text($0) }
        let kept = places(digits)
        // With too little left to change, what rules look for must go.
        let isNamed = last.indices.count - kept.count { $0 >= digits.count - last.count } >= Self.leastChangedDigits
        let whole = digits.dropLast(last.count) + standIn
        var rest = Array(isNamed ? Substring(Self.merged(String(whole), digits, keeping: kept)) : whole)
        var result: [Character] = []
        for character in original.reversed() {
            let isReplaced = character.isASCII && character.isNumber && !rest.isEmpty
            result.append(isReplaced ? rest.removeLast() : character)
        }
        return String(result.reversed())
    }

    private static let leastChangedDigits = 3

    /// One of those that are for documentation. Source: RFC 5737 and RFC 3849.
    mutating func address(_ original: String) -> String {
        if original.contains(":") {
            return remembered("address6 " + original.lowercased(), \.ids) { number in
                "2001:db8::" + String(number % 0xFFFF, radix: 16)
            }
        }
        let networks = ["192.0.2", "198.51.100", "203.0.113"]
        return remembered("address4 " + original, \.ids) { number in
            "\(networks[(number - 1) / 254 % networks.count]).\((number - 1) % 254 + 1)"
        }
    }

    private static func merged(_ standIn: String, _ original: String, keeping places: Set<Int>) -> String {
        String(zip(standIn, original).enumerated().map { places.contains($0.offset) ? $0.element.1 : $0.element.0 })
    }

    private mutating func shaped(_ original: String, _ count: WritableKeyPath<AnonymizationCounts, Int>) -> String {
        let shape = Shape(original)
        return remembered("id " + original, count, counter: shape.name) { shape.text($0) }
    }

    private mutating func remembered(
        _ key: String, _ count: WritableKeyPath<AnonymizationCounts, Int>, counter: String? = nil, _ make: (Int) -> String
    ) -> String {
        if let known = standIns[key] { return known }
        let counter = counter ?? String(key.prefix { $0 != " " })
        var standIn: String
        // Ends, as there are more numbers than things taken; a shape that has no more places repeats itself sooner.
        var tries = 0
        repeat {
            counters[counter, default: 0] += 1
            tries += 1
            standIn = make(counters[counter, default: 0])
        } while tries < Self.mostTries && (taken.contains(standIn) || (tries < Self.fewTries && kept.mayBeTaken(for: standIn)))
        taken.insert(standIn)
        standIns[key] = standIn
        counts[keyPath: count] += 1
        return standIn
    }

    private static let mostTries = 10_000
    /// A rule may look for what everything has.
    private static let fewTries = 100
}

/// How many different things got a stand-in.
package struct AnonymizationCounts: Sendable, Hashable {
    package var names = 0
    package var emails = 0
    package var phones = 0
    package var ids = 0
    package var tokens = 0

    package init() {}
}

/// Which characters of an id are digits and letters.
private struct Shape {
    private let scalars: [Unicode.Scalar]
    private let letters: UInt64
    /// Of a number of some length: it may say what kind of number it is.
    private let keepsFirst: Bool

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        let isHexadecimal = scalars.allSatisfy { !$0.properties.isAlphabetic || $0.properties.isASCIIHexDigit }
        letters = isHexadecimal ? 6 : 26
        keepsFirst = scalars.count >= 6 && scalars.allSatisfy { ("0"..."9").contains($0) }
    }

    /// The same for all of the same shape.
    var name: String {
        let kinds = scalars.enumerated().map { index, scalar -> Unicode.Scalar in
            if index == 0, keepsFirst { return scalar }
            return switch scalar {
            case "0"..."9": "0"
            case "a"..."z": "a"
            case "A"..."Z": "A"
            default: scalar
            }
        }
        return String(String.UnicodeScalarView(kinds)) + " \(letters)"
    }

    /// Another for every number, as far as there are places. Stand-ins are spread: with neighbours, or with many zeros, they
    /// would look like what somebody made up, and like one another. A first digit that is not zero stays one, so that an integer
    /// keeps its length.
    func text(_ number: Int) -> String {
        var result = scalars
        var (size, places): (UInt64, [Int]) = (1, [])
        for index in scalars.indices.reversed() where !(index == 0 && keepsFirst) {
            guard let count = range(scalars[index])?.count, size < Self.mostNumbers else { continue }
            size *= count
            places.append(index)
        }
        // The multiplier has no factor in common with 6, 10 or 26, so no two numbers give the same.
        var rest = UInt64(clamping: number) % size
        let product = rest.multipliedFullWidth(by: Self.multiplier % size)
        rest = size.dividingFullWidth((product.high, product.low)).remainder
        var filler = UInt64(clamping: number) &* 0x9E37_79B9_7F4A_7C15
        for index in scalars.indices.reversed() where !(index == 0 && keepsFirst) {
            guard let (first, count) = range(scalars[index]) else { continue }
            let digit: UInt64
            if places.contains(index) {
                digit = rest % count
                rest /= count
            } else {
                filler = (filler ^ (filler >> 29)) &* 0xBF58_476D_1CE4_E5B9
                digit = (filler >> 32) % count
            }
            result[index] = Unicode.Scalar(UInt8(truncatingIfNeeded: UInt64(first.value) + digit))
        }
        if let first = scalars.first, ("1"..."9").contains(first), result.first == "0" { result[0] = "1" }
        return String(String.UnicodeScalarView(result))
    }

    /// As many are enough: the places before are filled by chance.
    private static let mostNumbers: UInt64 = 1 << 30
    private static let multiplier: UInt64 = 982_451_653

    private func range(_ scalar: Unicode.Scalar) -> (first: Unicode.Scalar, count: UInt64)? {
        switch scalar {
        case "0"..."9": ("0", 10)
        case "a"..."z": ("a", letters)
        case "A"..."Z": ("A", letters)
        default: nil
        }
    }
}

extension TextRun {
    /// ASCII digits.
    var isNumber: Bool { kind == .word && text.allSatisfy { $0.isASCII && $0.isNumber } }
}
