package import Model
package import Rules

/// A test file whose expectations are made to say what happens now. Only the values of the keys that fail are changed: what
/// stands around them, comments included, stays to the byte.
///
/// A `not` is never changed: it says what must not happen, whoever changes the rules.
package struct ExpectationUpdate: Sendable {
    package let path: String
    package let before: String
    /// The same as before where nothing could be changed.
    package let after: String
    /// How many tests were changed.
    package let count: Int
    /// Why something that fails was left as it is.
    package let refusals: [Refusal]

    package struct Refusal: Error, Sendable, Hashable {
        package var at: SourcePosition
        package var message: String
    }

    package var isEmpty: Bool { before == after }

    /// - Parameters:
    ///   - failed: tests of this file that fail.
    ///   - all: every test of this file, in order: those that pass must go on passing.
    package init(_ file: RuleFolder.File, failed: [RuleTest], all: [RuleTest], runner: RuleTestRunner, flows: [Flow]) {
        path = file.path
        before = String(decoding: file.bytes, as: UTF8.self)
        var editor = ExpectationEditor(file)
        var changed: Set<SourcePosition> = []
        for test in failed where editor?.update(test, runner.outcomes(of: test)) == true { changed.insert(test.at) }
        var refusals = editor?.refusals ?? []
        guard let editor, !changed.isEmpty, let text = editor.text else {
            (after, count) = (before, 0)
            self.refusals = refusals
            return
        }
        let loaded = LoadedTests(RuleFolder(test: text, path: file.path), flows: flows, vendors: nil)
        let places = all.map(\.at)
        let isSafe =
            !loaded.hasErrors && loaded.tests.count == all.count
            && zip(places, loaded.tests).allSatisfy { place, test in
                let isLeft = refusals.contains { editor.test(at: $0.at) == place }
                let mustPass = changed.contains(place) ? !isLeft : !failed.contains { $0.at == place }
                return !mustPass || runner.run(test, explaining: false).passed
            }
        if !isSafe {
            refusals.append(
                Refusal(
                    at: SourcePosition(file: file.path, line: 1, column: 1),
                    message: "the file is laid out so that its expectations cannot be changed safely; change them by hand"))
        }
        (after, count) = isSafe ? (text, changed.count) : (before, 0)
        self.refusals = refusals
    }
}

/// Changes the expectations of one file.
private struct ExpectationEditor {
    private let document: YAMLDocument
    private let tests: [RuleNode]
    private var editing: EditedText
    private(set) var refusals: [ExpectationUpdate.Refusal] = []
    /// The test that a refusal is about, by the refusal's place.
    private var owners: [SourcePosition: SourcePosition] = [:]

    init?(_ file: RuleFolder.File) {
        guard let editing = EditedText(file.bytes) else { return nil }
        document = YAMLDocument(file.bytes, file: file.path, notesEnds: true)
        tests = document.root?["tests"]?.sequence ?? []
        self.editing = editing
    }

    /// Nil when edits are in each other's way.
    var text: String? { editing.isEdited ? editing.edited() : nil }

    func test(at place: SourcePosition) -> SourcePosition? { owners[place] }

    /// True when something of it was changed.
    mutating func update(_ test: RuleTest, _ outcomes: [StepOutcome]) -> Bool {
        guard let node = tests.first(where: { $0.at == test.at }) else {
            refuse(test.at, of: test, "the test is written by an alias, and cannot be changed without changing another")
            return false
        }
        let steps = node["steps"]?.sequence ?? [node]
        var isChanged = false
        for (index, step) in test.steps.enumerated() {
            guard let expected = step.expectation else { continue }
            guard outcomes.indices.contains(index) else {
                refuse(step.at, of: test, "a payload cannot be read, so there is nothing to expect")
                return isChanged
            }
            guard steps.indices.contains(index), let expect = steps[index]["expect"] else { continue }
            guard steps[index].at >= node.at, expect.at > steps[index].at else {
                refuse(step.at, of: test, "the expectation is an alias, and cannot be changed in this place alone")
                continue
            }
            for key in ExpectationCheck(expected, outcome: outcomes[index]).failingKeys {
                do throws(ExpectationUpdate.Refusal) {
                    try change(key, in: expect, expected, outcomes[index])
                    isChanged = true
                } catch {
                    refuse(error.at, of: test, error.message)
                }
            }
        }
        return isChanged
    }

    private mutating func refuse(_ at: SourcePosition, of test: RuleTest, _ message: String) {
        refusals.append(ExpectationUpdate.Refusal(at: at, message: message))
        owners[at] = test.at
    }

    // MARK: Keys

    private mutating func change(
        _ key: String?, in expect: RuleNode, _ expected: RuleExpectation, _ outcome: StepOutcome
    ) throws(ExpectationUpdate.Refusal) {
        guard let key, let entry = expect.mapping?.first(where: { $0.key == key }) else {
            throw ExpectationUpdate.Refusal(at: expect.at, message: outcome.problem ?? "the step cannot happen")
        }
        let actual = ActualOutcome(outcome)
        switch key {
        case "rules": try changeList(entry, actual.rules.map(WrittenYAML.word)) { expected.rules?[$0] == actual.rules[$1] }
        case "observed":
            try changeList(entry, actual.observed.map(WrittenYAML.word)) { expected.observed?[$0] == actual.observed[$1] }
        case "effects":
            try changeList(entry, actual.effects.map(WrittenExpectation.expected)) {
                guard let wanted = expected.effects?[$0] else { return false }
                let compared = actual.effects[$1].action.compared
                return wanted.kind == actual.effects[$1].action.kind && wanted.value.matches(compared.value, text: compared.text)
            }
        case "suppressed":
            try changeList(entry, actual.suppressed.compactMap(WrittenExpectation.suppression)) {
                guard let wanted = expected.suppressed?[$0] else { return false }
                return wanted.holds(for: actual.suppressed[$1])
                    && (wanted.reason == nil || wanted.reason == actual.suppressed[$1].suppressionReason)
            }
        case "unsupported":
            try changeList(entry, actual.unsupported.map { WrittenExpectation.holdback($0) }) {
                expected.unsupported?[$0].holds(for: actual.unsupported[$1]) ?? false
            }
        case "flow": try replace(entry.value, with: actual.flow.line, in: expect)
        case "handler": try replace(entry.value, with: WrittenYAML.word(actual.handler.rawValue).line, in: expect)
        case "vars": try changeVariables(entry, expected, outcome)
        default:
            throw ExpectationUpdate.Refusal(
                at: entry.keyAt,
                message: "`\(key)` is never changed: what it forbids happens now. Mend the rules, or change it by hand")
        }
    }

    private mutating func changeVariables(
        _ entry: RuleNode.Entry, _ expected: RuleExpectation, _ outcome: StepOutcome
    ) throws(ExpectationUpdate.Refusal) {
        for (name, wanted) in expected.variables ?? [] {
            guard let member = entry.value.mapping?.first(where: { $0.key == name }) else { continue }
            guard let value = outcome.state.variables[name] else {
                throw ExpectationUpdate.Refusal(
                    at: member.keyAt, message: "the variable '\(name)' is not set; take the line out by hand")
            }
            if !wanted.matches(value, text: nil) { try replace(member.value, with: WrittenYAML(value).line, in: entry.value) }
        }
    }

    // MARK: Editing

    /// The characters of a node that stands inside of another.
    private func range(of node: RuleNode, in parent: RuleNode) throws(ExpectationUpdate.Refusal) -> Range<Int> {
        guard let end = document.textEnd(of: node), let start = editing.offset(of: node.at), let stop = editing.offset(of: end),
            start <= stop, node.at >= parent.at
        else {
            throw ExpectationUpdate.Refusal(
                at: parent.at, message: "an alias stands here, and what it names cannot be changed in this place alone")
        }
        // A block of text ends where the next line begins.
        let trailing = editing.text(in: start..<stop).unicodeScalars.reversed().prefix { $0.properties.isWhitespace }.count
        return start..<(stop - trailing)
    }

    private mutating func replace(
        _ node: RuleNode, with text: String, in parent: RuleNode
    ) throws(ExpectationUpdate.Refusal) {
        let range = try range(of: node, in: parent)
        try refuseComment(in: node, range)
        let isBlock = node.scalar == nil && document.end(of: node) == nil
        guard !isBlock else {
            throw ExpectationUpdate.Refusal(at: node.at, message: "it is written over several lines; change it by hand")
        }
        editing.replace(range, with: text)
    }

    /// Elements that still say what happens keep their words.
    /// - Parameter isSame: whether the element of the list says what one of `actual` is, both by their indices.
    private mutating func changeList(
        _ entry: RuleNode.Entry, _ actual: [WrittenYAML], isSame: (_ written: Int, _ actual: Int) -> Bool
    ) throws(ExpectationUpdate.Refusal) {
        let list = entry.value
        let written = list.sequence
        let isBlock = written != nil && document.end(of: list) == nil
        if let written, written.count == actual.count {
            for index in written.indices where !isSame(index, index) {
                let range = try range(of: written[index], in: list)
                try refuseComment(in: written[index], range)
                editing.replace(range, with: isBlock ? actual[index].blockLine : actual[index].line)
            }
            return
        }
        let range = try range(of: list, in: RuleNode(.sequence([]), at: entry.keyAt))
        try refuseComment(in: list, range)
        var elements: [String] = []
        var next = 0
        for index in actual.indices {
            let kept = (written ?? []).indices.dropFirst(next).first { isSame($0, index) }
            if let kept, let node = written?[kept] {
                next = kept + 1
                elements.append(editing.text(in: try self.range(of: node, in: list)))
            } else {
                elements.append(isBlock ? actual[index].blockLine : actual[index].line)
            }
        }
        guard isBlock else { return editing.replace(range, with: "[\(elements.joined(separator: ", "))]") }
        guard !elements.isEmpty else { return try empty(entry, range) }
        let indent = String(repeating: " ", count: list.at.column - 1)
        editing.replace(range, with: elements.map { "- " + $0 }.joined(separator: editing.lineEnd + indent))
    }

    /// A block cannot be empty: brackets take its place behind the key.
    private mutating func empty(_ entry: RuleNode.Entry, _ range: Range<Int>) throws(ExpectationUpdate.Refusal) {
        guard let key = editing.offset(of: entry.keyAt) else { return }
        let between = editing.text(in: (key + entry.key.unicodeScalars.count)..<range.lowerBound)
        guard between.allSatisfy({ $0 == ":" || $0.isWhitespace }) else {
            throw ExpectationUpdate.Refusal(
                at: entry.keyAt, message: "a comment stands before the list, and would be lost; change it by hand")
        }
        editing.replace((key + entry.key.unicodeScalars.count)..<range.upperBound, with: ": []")
    }

    /// A comment inside of what is written anew would be lost.
    private func refuseComment(in node: RuleNode, _ range: Range<Int>) throws(ExpectationUpdate.Refusal) {
        var rest = Array(editing.text(in: range).unicodeScalars)
        for scalar in node.scalars {
            guard let start = editing.offset(of: scalar.at),
                let end = document.end(of: scalar).flatMap({ editing.offset(of: $0) })
            else { continue }
            for index in (start..<max(start, end)) where range.contains(index) { rest[index - range.lowerBound] = " " }
        }
        guard rest.contains("#") else { return }
        throw ExpectationUpdate.Refusal(
            at: node.at, message: "a comment stands inside, and would be lost; change it by hand")
    }
}

/// What happened in a step, as expectations count it.
private struct ActualOutcome {
    let rules: [String]
    let observed: [String]
    let effects: [Effect]
    let suppressed: [Effect]
    let unsupported: [Effect]
    let flow: WrittenYAML
    let handler: Handler

    init(_ outcome: StepOutcome) {
        let matched = outcome.decisions.flatMap(\.matched)
        let all = outcome.decisions.flatMap(\.effects)
        rules = matched.filter { $0.mode == .live && !$0.isWhollySuppressed }.map(\.id)
        observed = matched.filter { $0.mode == .observe }.map(\.id)
        effects = all.filter(\.leaves)
        suppressed = all.filter { $0.suppressionReason != nil }
        unsupported = all.filter(\.isUnsupported)
        if let place = outcome.state.flow?.place {
            flow = .word(place.text)
        } else if let end = outcome.ends.last {
            flow = .mapping([WrittenYAML.Member("ended", .word(end.reason.rawValue))])
        } else {
            flow = .word("none")
        }
        handler = outcome.decisions.last?.event.conversation?.handler ?? outcome.state.handler(at: outcome.now)
    }
}

extension Effect {
    fileprivate var suppressionReason: SuppressionReason? {
        if case .suppressed(let reason) = status { reason } else { nil }
    }
}

extension RuleNode {
    /// Every scalar below, keys included.
    fileprivate var scalars: [RuleNode] {
        switch content {
        case .scalar: [self]
        case .sequence(let nodes): nodes.flatMap(\.scalars)
        case .mapping(let entries):
            entries.flatMap { [RuleNode(.scalar(Scalar(text: $0.key, style: .plain)), at: $0.keyAt)] + $0.value.scalars }
        }
    }
}
