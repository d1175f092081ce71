import Matching
import Rules

/// A way in which a rule can hold, with one of the words alone that it waits for.
struct NarrowedWay {
    /// As messages show it.
    var word: String
    var way: Conjunction
    /// A text by which rules are found that wait for the same; nil where the word is no text of a message.
    var text: String?

    /// One for each word, of the text first. A place with one word is not narrowed, but the text is: its way is another rule's
    /// word as well.
    static func all(of way: Conjunction) -> [NarrowedWay] {
        let texts = way.demands.indices.filter { way.demands[$0].place == .text }
        let others = way.demands.indices.filter { index in
            let place = way.demands[index].place
            return listed.contains(place.name) || place.isAttribute
        }
        return (texts + others).flatMap { narrowed(way, at: $0) }
    }

    /// Places whose words authors list, where one of them suffices.
    private static let listed: Set<String> = ["kind", "tags", "channel", "department", "team", "agent"]

    private static func narrowed(_ way: Conjunction, at index: Int) -> [NarrowedWay] {
        let demand = way.demands[index]
        guard !demand.isNegated else { return [] }
        func with(_ word: String, _ test: EventDemand.Test, text: String?) -> NarrowedWay {
            var narrowed = way
            narrowed.demands[index].test = test
            return NarrowedWay(word: word, way: narrowed, text: text)
        }
        guard demand.place == .text else {
            guard case .words(let words) = demand.test, words.count > 1 else { return [] }
            return words.sorted { $0.string < $1.string }.map { with($0.string, .words([$0]), text: nil) }
        }
        switch demand.test {
        case .keywords(let keywords):
            return keywords.map { with($0.literal.string, .keywords([$0]), text: $0.literal.string) }
        case .equals(let texts, let folding): return texts.map { with($0.string, .equals([$0], folding), text: $0.string) }
        case .starts(let texts, let folding): return texts.map { with($0.string, .starts([$0], folding), text: $0.string) }
        case .ends(let texts, let folding): return texts.map { with($0.string, .ends([$0], folding), text: $0.string) }
        case .substring(let texts, let folding): return texts.map { with($0.string, .substring([$0], folding), text: $0.string) }
        case .regex(let patterns):
            return patterns.map { source in
                with(source.pattern.source, .regex([source]), text: PatternSamples.matches(of: source.pattern, count: 1).first)
            }
        default: return []
        }
    }
}
