/// The word that somebody probably meant: the nearest by edit distance (insert, delete, replace, swap of neighbours), at
/// most 2 away or a third of the word's length; nil when none is near. Of equally near ones the first.
///
/// A word that other tools use for the same is known as well.
package func nearest(to word: String, among words: some Sequence<String>) -> String? {
    let words = Array(words)
    if let same = namesElsewhere[word.lowercased()]?.first(where: words.contains) { return same }
    let typed = Array(word.lowercased())
    let limit = max(2, typed.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in words {
        let word = Array(candidate.lowercased())
        guard abs(word.count - typed.count) <= limit else { continue }
        let distance = editDistance(typed, word)
        guard distance <= limit, distance < max(typed.count, 1), distance < best?.distance ?? .max else { continue }
        best = (candidate, distance)
    }
    return best?.word
}

/// What authors know from other tools, by what it is called here.
private let namesElsewhere: [String: [String]] = [
    "if": ["when"], "condition": ["when"], "conditions": ["when"], "actions": ["do"], "action": ["do"],
    "trigger": ["on"], "event": ["on"], "events": ["on"], "description": ["why"], "send": ["reply"], "respond": ["reply"],
    "answer": ["reply"], "assign": ["route"], "transfer": ["route"], "forward": ["route"], "label": ["tag", "tags"],
    "labels": ["tags", "tag"], "comment": ["note"], "resolve": ["close"], "webhook": ["http"], "wait": ["delay"],
    "contains": ["any", "substring"], "equals": ["is"], "matches": ["regex"], "pattern": ["regex"], "not": ["none"],
    "time": ["inside"], "hours": ["inside"],
]

/// Optimal string alignment distance.
package func editDistance(_ left: [Character], _ right: [Character]) -> Int {
    guard !left.isEmpty else { return right.count }
    guard !right.isEmpty else { return left.count }
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for i in 1...left.count {
        var current = [i]
        for j in 1...right.count {
            let same = left[i - 1] == right[j - 1]
            var distance = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1))
            if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                distance = min(distance, beforePrevious[j - 2] + 1)
            }
            current.append(distance)
        }
        beforePrevious = previous
        previous = current
    }
    return previous[right.count]
}
