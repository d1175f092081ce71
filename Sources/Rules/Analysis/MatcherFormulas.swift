import Matching
package import Model

extension TextMatcher {
    /// A text that is not there passes no test.
    package func formula(of place: EventPlace, at: SourcePosition, condition: String) -> Formula {
        let present = EventDemand(place, .exists, at: at, condition: condition)
        return .all([.demand(present)] + tests.map { $0.formula(of: place, at: at, condition: condition) })
    }
}

extension TextTest {
    func formula(of place: EventPlace, at: SourcePosition, condition: String) -> Formula {
        func asks(_ test: EventDemand.Test) -> Formula {
            .demand(EventDemand(place, test, at: at, condition: "\(condition).\(key)"))
        }
        switch demand {
        case .any(let keywords): return asks(.keywords(keywords.keywords))
        case .all(let keywords): return .all(keywords.map { asks(.keywords([$0])) })
        case .none(let keywords): return asks(.keywords(keywords.keywords)).negated
        case .equals(let texts): return asks(.equals(texts.sorted { $0.string < $1.string }, folding))
        case .starts(let texts): return asks(.starts(texts, folding))
        case .ends(let texts): return asks(.ends(texts, folding))
        case .substring(let texts, _): return asks(.substring(texts, folding))
        case .regex(let patterns): return asks(.regex(patterns.map(PatternSource.init)))
        case .length(let range): return asks(.length(range))
        case .empty(let isEmpty): return isEmpty ? asks(.empty) : asks(.empty).negated
        }
    }
}

extension FieldMatcher {
    func formula(of place: EventPlace, at: SourcePosition, condition: String) -> Formula {
        switch self {
        case .equals(let words, _):
            .demand(
                EventDemand(
                    place, place == .text ? .equals(words.sorted { $0.string < $1.string }, .full) : .words(words), at: at,
                    condition: condition))
        case .tests(let tests): .all(tests.map { $0.formula(of: place, at: at, condition: condition) })
        }
    }
}

extension FieldTest {
    fileprivate func formula(of place: EventPlace, at: SourcePosition, condition: String) -> Formula {
        func asks(_ test: EventDemand.Test) -> Formula {
            .demand(EventDemand(place, test, at: at, condition: "\(condition).\(key)"))
        }
        switch demand {
        case .text(let test):
            let formula = test.formula(of: place, at: at, condition: condition)
            // Where nothing stands, `none` and `empty: true` hold, and nothing else does.
            switch test.demand {
            case .none, .empty(true): return formula
            default: return .all([asks(.exists), formula])
            }
        case .greater(let bound, let orEqual): return asks(.greater(than: bound, orEqual: orEqual))
        case .less(let bound, let orEqual): return asks(.less(than: bound, orEqual: orEqual))
        case .exists(let exists): return exists ? asks(.exists) : asks(.exists).negated
        case .not(let matcher): return matcher.formula(of: place, at: at, condition: condition).negated
        }
    }
}
