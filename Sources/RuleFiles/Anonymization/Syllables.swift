/// Words that could be names, as long as another one and in its script: rules may go by either.
struct Syllables: Sendable {
    private let scripts: [Script]

    init(like word: String) { scripts = word.map { Script(of: $0) } }

    /// The same for all words that get the same ones.
    var name: String { "name " + scripts.map(\.rawValue).joined() }

    /// Another for every number from 1 on. When there are no more of this length, longer ones.
    func word(_ number: Int) -> String {
        var scripts = scripts
        var rest = max(0, number - 1)
        while true {
            let letters = letters(of: scripts)
            let count = letters.reduce(1) { $0 > 1 << 30 ? $0 : $0 * $1.count }
            if rest < count || scripts.isEmpty { return word(rest, letters, of: max(1, count)) }
            rest -= count
            scripts.append(scripts.last ?? .latin)
        }
    }

    private func word(_ number: Int, _ letters: [[Character]], of count: Int) -> String {
        // Spread, so that neighbours do not look alike: a prime, which no count has for a factor.
        var rest = number % count * (7_919 % count) % count
        var word = ""
        for choice in letters.reversed() {
            word = String(choice[rest % choice.count]) + word
            rest /= choice.count
        }
        return word
    }

    /// Consonants and vowels in turn.
    private func letters(of scripts: [Script]) -> [[Character]] {
        scripts.enumerated().map { index, script in index.isMultiple(of: 2) ? script.consonants : script.vowels }
    }
}

/// A script that names are written in, and some of its letters.
private enum Script: String, Sendable {
    case latin = "l"
    case cyrillic = "c"
    case greek = "g"
    case arabic = "a"
    case hebrew = "h"
    case hangul = "k"
    case kana = "j"
    case han = "z"

    init(of character: Character) {
        switch character.unicodeScalars.first?.value ?? 0 {
        case 0x0370...0x03FF: self = .greek
        case 0x0400...0x052F: self = .cyrillic
        case 0x0590...0x05FF: self = .hebrew
        case 0x0600...0x06FF: self = .arabic
        case 0x3040...0x30FF: self = .kana
        case 0x3400...0x9FFF, 0x20000...0x3134F: self = .han
        case 0x1100...0x11FF, 0xAC00...0xD7AF: self = .hangul
        default: self = .latin
        }
    }

    var consonants: [Character] {
        switch self {
        case .latin: Array("bdfgklmnprstvz")
        case .cyrillic: Array("бвгдзклмнпрст")
        case .greek: Array("βγδζκλμνπρτ")
        case .arabic: Array("بتجدرزسفكلمن")
        case .hebrew: Array("בגדזטלמנסקרת")
        case .hangul: Array("가나다라마바사아자차카타파하고노도로모보소오조")
        case .kana: Array("アイウエオカキクケコサシスセソタナニネノ")
        case .han: Array("明文安平山川林泉雲月星海石木田玉春秋東南")
        }
    }

    var vowels: [Character] {
        switch self {
        case .latin: Array("aeiou")
        case .cyrillic: Array("аеиоу")
        case .greek: Array("αειου")
        case .arabic, .hebrew, .hangul, .kana, .han: consonants
        }
    }
}
