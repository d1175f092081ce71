import Rules

/// Where the steps of a flow lead, for lints.
extension Flow {
    /// The steps from which no way leads to one that is asked for. Such a one itself is not among them, nor is a step that leads
    /// to none that there is.
    func steps(
        withoutWayTo isAskedFor: (FlowStep) -> Bool, along targets: (FlowStep) -> [String]
    ) -> Set<String> {
        var left = Set(steps.filter { !isAskedFor($0.value) }.map(\.key))
        while true {
            let saved = left.filter { name in steps[name].map { targets($0).contains { !left.contains($0) } } ?? true }
            guard !saved.isEmpty else { return left }
            left.subtract(saved)
        }
    }

    /// With the step itself.
    func stepsReached(from first: String, along targets: (FlowStep) -> [String]) -> Set<String> {
        var reached: Set<String> = [first]
        var open = [first]
        while let name = open.popLast() {
            for target in steps[name].map(targets) ?? [] where reached.insert(target).inserted { open.append(target) }
        }
        return reached
    }

    /// `greet → offer → greet`
    func path(from first: String, along targets: (FlowStep) -> [String]) -> String {
        var path = [first]
        while let next = steps[path.last ?? ""].flatMap({ targets($0).first }) {
            path.append(next)
            if path.dropLast().contains(next) || path.count > 8 { break }
        }
        return path.joined(separator: " → ")
    }
}

extension WrittenFlow {
    /// Of these steps, as they are written, the first of those that lead to one another.
    func rings(of names: Set<String>, along targets: (FlowStep) -> [String]) -> [RuleNode.Entry] {
        var told: Set<String> = []
        return steps.filter { names.contains($0.key) }.filter { entry in
            let ring = flow.stepsReached(from: entry.key, along: targets)
            guard told.isDisjoint(with: ring) else { return false }
            told.formUnion(ring)
            return true
        }
    }
}
