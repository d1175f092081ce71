import Foundation
import Model
import RuleFiles
import Testing

@Suite struct RuleOutlineTests {
    private static let before = """
        version: 1
        lists: { vip: [a, b] }
        rules:
          - id: first
            when: [ { text: one } ]
            do: [ { reply: 'hi' } ]
          - id: second
            do: [ { note: x } ]
        """

    private func changes(_ before: String, _ after: String) -> [String] {
        func outline(_ text: String) -> RuleOutline { RuleOutline(RuleFolder(root: "rules", texts: ["a.yaml": text])) }
        let changes = RuleChanges(from: outline(before), to: outline(after))
        func lines(_ word: String, _ parts: [RuleOutline.Part]) -> [String] {
            parts.map { "\(word) \($0.kind.rawValue) \($0.id) \($0.at.line):\($0.at.column)" }
        }
        return lines("+", changes.added) + lines("-", changes.removed) + lines("~", changes.changed)
            + (changes.isReordered ? ["order"] : [])
    }

    @Test func placesCommentsAndSpacingDoNotCount() {
        let moved = """
            version: 1

            # a comment
            rules:
              - { id: first, when: [ { text: one } ], do: [ { reply: 'hi' } ] }   # here

              - id: second
                do:
                  - note: x
            lists:
              vip: [a, b]
            """
        #expect(changes(Self.before, moved).isEmpty)
    }

    @Test func everyPartIsToldByWhatItSays() {
        let after = """
            version: 1
            lists: { vip: [a, c], new: [d] }
            rules:
              - id: first
                when: [ { text: two } ]
                do: [ { reply: 'hi' } ]
            flows:
              - { id: menu, start: s, steps: { s: { end: true } } }
            """
        #expect(
            changes(Self.before, after) == [
                "+ flow menu 8:5", "+ list new 2:23", "- rule second 7:5", "~ rule first 4:5", "~ list vip 2:10",
            ])
    }

    @Test func anotherOrderOfTheSameRulesIsAChange() {
        let swapped = """
            version: 1
            lists: { vip: [a, b] }
            rules:
              - id: second
                do: [ { note: x } ]
              - id: first
                when: [ { text: one } ]
                do: [ { reply: 'hi' } ]
            """
        #expect(changes(Self.before, swapped) == ["order"])
    }

    @Test func quotesMayMeanSomethingElse() {
        let quoted = Self.before.replacingOccurrences(of: "text: one", with: "text: 'one'")
        #expect(changes(Self.before, quoted) == ["~ rule first 4:5"])
    }
}
