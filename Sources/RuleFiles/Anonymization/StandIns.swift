/// What stands in for names, e-mails, numbers and ids: the same for the same, never the same for two, and of the same shape, so
/// that what was a phone number or a hexadecimal id still is one.
struct StandIns: Sendable {
    private var standIns: [String: String] = [:]
    private var taken: Set<String> = []
    private var counters: [String: Int] = [:]
    private(set) var counts = AnonymizationCounts()

    /// Nothing may get one of these for a stand-in.
    init(avoiding originals: Set<String>) { taken = originals }

    /// Says what stands in for an id from now on.
    mutating func fix(_ original: String, _ standIn: String) {
        standIns["id " + original] = standIn
        taken.insert(standIn)
    }

    /// For one word of a name; in capitals as that is.
    mutating func word(_ original: String) -> String {
        let standIn = remembered("name " + original.lowercased(), \.names) { number in Self.word(number) }
        if original.count > 1, original.uppercased() == original, original.lowercased() != original {
            return standIn.uppercased()
        }
        guard original.first?.isUppercase == true else { return standIn }
        return standIn.prefix(1).uppercased() + standIn.dropFirst()
    }

    mutating func mailbox(_ original: String) -> String {
        remembered("mailbox " + original.lowercased(), \.emails) { "person\($0)" }
    }

    /// Digits for digits and letters for letters, in the same places.
    mutating func id(_ original: String) -> String { shaped(original, \.ids) }

    mutating func token(_ original: String) -> String { shaped(original, \.tokens) }

    /// The last eight digits, which are a subscriber's; country and area stay. As it is where it has fewer than five.
    mutating func phone(_ original: String) -> String {
        let digits = original.filter { $0.isASCII && $0.isNumber }
        guard digits.count >= 5 else { return original }
        var rest = Array(shaped(String(digits.suffix(8)), \.phones))
        var result: [Character] = []
        for character in original.reversed() {
            let isReplaced = character.isASCII && character.isNumber && !rest.isEmpty
            result.append(isReplaced ? rest.removeLast() : character)
        }
        return String(result.reversed())
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
        } while taken.contains(standIn) && tries < 10_000
        taken.insert(standIn)
        standIns[key] = standIn
        counts[keyPath: count] += 1
        return standIn
    }

    /// `bado`, `kemi`: words of two syllables or more, another for every number.
    private static func word(_ number: Int) -> String {
        let consonants = Array("bdfgklmnprstvz")
        let vowels = Array("aeiou")
        // Not by one after the other, so that neighbours do not look alike.
        var rest = number &* 1237 % 4900 + number / 4900 * 4900
        var word = ""
        for _ in 0..<2 {
            word = "\(consonants[rest / 5 % 14])\(vowels[rest % 5])" + word
            rest /= 70
        }
        while rest > 0 {
            word += "\(consonants[rest / 5 % 14])\(vowels[rest % 5])"
            rest /= 70
        }
        return word
    }
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
    private let letters: UInt32

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
        let isHexadecimal = scalars.allSatisfy { !$0.properties.isAlphabetic || $0.properties.isASCIIHexDigit }
        letters = isHexadecimal ? 6 : 26
    }

    /// The same for all of the same shape.
    var name: String {
        String(
            String.UnicodeScalarView(
                scalars.map { scalar in
                    switch scalar {
                    case "0"..."9": "0"
                    case "a"..."z": "a"
                    case "A"..."Z": "A"
                    default: scalar
                    }
                })) + " \(letters)"
    }

    /// The number in the places of digits and letters, from the last one on. A first digit that is not zero stays one, so that
    /// an integer keeps its length.
    func text(_ number: Int) -> String {
        var rest = UInt32(clamping: number)
        var result = scalars
        for index in scalars.indices.reversed() {
            let (first, count): (Unicode.Scalar, UInt32) =
                switch scalars[index] {
                case "0"..."9": ("0", 10)
                case "a"..."z": ("a", letters)
                case "A"..."Z": ("A", letters)
                default: ("0", 0)
                }
            guard count > 0 else { continue }
            result[index] = Unicode.Scalar(UInt8(truncatingIfNeeded: first.value + rest % count))
            rest /= count
        }
        if let first = scalars.first, ("1"..."9").contains(first), result.first == "0" { result[0] = "1" }
        return String(String.UnicodeScalarView(result))
    }
}
