import Rules

/// What loading warns of by itself, so that it is told by `test` and reload too: the sections of their codes.
enum LoadWarnings {
    static let references: [LintReference] = [
        LintReference(
            .cutComment,
            meaning: """
                YAML takes ` #` in text without quotes for the beginning of a comment, so the text ends before it. It is warned \
                of where something follows the `#` directly, as in `order #12`.
                """,
            example: """
                rules:
                  - id: order
                    when:
                      - text: order #12
                    do: [ { tag: order } ]
                """,
            mending: "Put the text in quotes; for a comment write a blank behind the `#`.",
            mended: """
                rules:
                  - id: order
                    when:
                      - text: 'order #12'
                    do: [ { tag: order } ]
                """),
        LintReference(
            .unsetVariable,
            meaning: """
                A template or a `field` line reads a variable that no rule, no flow and no test sets: it is always empty, most \
                often because it is misspelt.
                """,
            example: """
                rules:
                  - id: order
                    when: [ { text: { regex: '(?<order>\\d{4,})' } } ]
                    do: [ { set: { order: "{{match.order}}" } }, { reply: "Looking for {{vars.oder}}" } ]
                """,
            mending: "Mend the name. What another system sets from outside can be named in a test's `given: { vars: … }`.",
            mended: """
                rules:
                  - id: order
                    when: [ { text: { regex: '(?<order>\\d{4,})' } } ]
                    do: [ { set: { order: "{{match.order}}" } }, { reply: "Looking for {{vars.order}}" } ]
                """),
        LintReference(
            .unreachableStep,
            meaning: "No `next`, choice, expectation, `otherwise` or `timeout` of the flow leads to the step, nor does `start`.",
            example: """
                rules:
                  - { id: help, do: [ { start: help } ] }
                flows:
                  - id: help
                    start: ask
                    steps:
                      ask: { say: "How can I help?", end: true }
                      thanks: { say: "Thank you", end: true }
                """,
            mending: "Name the step where the flow should go on to it, or take it away.",
            mended: """
                rules:
                  - { id: help, do: [ { start: help } ] }
                flows:
                  - id: help
                    start: ask
                    steps:
                      ask: { say: "How can I help?", next: thanks }
                      thanks: { say: "Thank you", end: true }
                """),
        LintReference(
            .idleDelay,
            meaning: "`delay` puts off what is sent. `set`, `start` and `stop_flow` send nothing and take place at once.",
            example: """
                rules:
                  - id: remember
                    do: [ { set: { seen: "1" }, delay: 5s } ]
                """,
            mending: "Take the `delay` away, or put it beside the action that should wait.",
            mended: """
                rules:
                  - id: remember
                    do: [ { set: { seen: "1" } } ]
                """),
    ]
}
