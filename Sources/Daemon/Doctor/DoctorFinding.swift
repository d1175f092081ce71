package import Model

/// What one check of `doctor` found.
package struct DoctorFinding: Sendable, Hashable {
    package var check: Check
    package var verdict: Verdict
    /// What is the case. In lower case without a full stop; no secrets, no customers' words.
    package var message: String
    /// What to do about it; nil where all is well.
    package var help: String?

    package enum Verdict: String, Sendable, Hashable, CaseIterable, Comparable {
        case ok, warn, fail

        package static func < (left: Verdict, right: Verdict) -> Bool { left.rank < right.rank }

        private var rank: Int {
            switch self {
            case .ok: 0
            case .warn: 1
            case .fail: 2
            }
        }
    }

    /// In the order in which they are shown.
    package enum Check: String, Sendable, Hashable, CaseIterable {
        case configuration, rules, tests, admin, secrets, daemon, readiness
        case ledger, integrity, references, lines, marks, schema, log, disk, files
        case sqlite, libraries, limits, clock
        case backlog
        case deadLetters = "dead_letters"
        case accounts
    }

    package init(_ check: Check, _ verdict: Verdict, _ message: String, help: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.message = message
        self.help = help
    }
}

extension DoctorFinding {
    package var value: Value {
        [
            "check": .string(check.rawValue), "verdict": .string(verdict.rawValue), "message": .string(message),
            "help": .optional(help),
        ]
    }

    /// Nil for what a daemon of another version says and this one does not know.
    package init?(_ value: Value) {
        guard let check = value["check"]?.string.flatMap(Check.init(rawValue:)),
            let verdict = value["verdict"]?.string.flatMap(Verdict.init(rawValue:)), let message = value["message"]?.string
        else { return nil }
        self.init(check, verdict, message, help: value["help"]?.string)
    }
}
