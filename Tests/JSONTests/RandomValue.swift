import Model
import TestSupport

extension Value {
    /// Any value of JSON, nested at most `depth` deep.
    static func random(depth: Int, using generator: inout SplitMix64) -> Value {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .number(randomNumber(using: &generator))
        case 4, 5: return .string(randomText(using: &generator))
        case 6:
            let count = Int.random(in: 0..<5, using: &generator)
            return .array((0..<count).map { _ in random(depth: depth - 1, using: &generator) })
        default: return .object(randomObject(depth: depth, using: &generator))
        }
    }

    private static func randomNumber(using generator: inout SplitMix64) -> Double {
        let number = Double(bitPattern: generator.next())
        return number.isFinite ? number : 0.5
    }

    private static func randomText(using generator: inout SplitMix64) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "0", " ", "\"", "\\", "/", "\0", "\u{1F}", "\n", "\r", "\t", "\u{8}", "\u{C}", "\u{7F}",
            "ç", "é", "\u{301}", "\u{2027}", "\u{2028}", "\u{2029}", "\u{202A}",
            "\u{FFFD}", "\u{FFFF}", "😀", "\u{10FFFF}", "{", "]", ",", ":",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<20, using: &generator) {
            text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)])
        }
        return text
    }

    private static func randomObject(depth: Int, using generator: inout SplitMix64) -> Object {
        var object = Object()
        for _ in 0..<Int.random(in: 0..<24, using: &generator) where object.entries.count < 20 {
            object[randomText(using: &generator)] = random(depth: depth - 1, using: &generator)
        }
        return object
    }
}
