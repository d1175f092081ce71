import Model
import VendorKit

/// What vendors told, as text for people, as JSON and as notices of GitHub Actions.
struct OnlineReport {
    let survey: AccountSurvey
    /// What could not be verified although nothing is wrong.
    let notes: [String]

    /// How far asking came.
    enum Status: String {
        case checked, refused, unreachable, skipped
    }

    var status: Status {
        if survey.skipped != nil { return .skipped }
        switch survey.steps.last?.result {
        case .unreachable: return .unreachable
        case .unauthorized where survey.steps.count == 1, .refused where survey.steps.count == 1,
            .unreadable where survey.steps.count == 1:
            return .refused
        default: return .checked
        }
    }

    /// A list longer than this is cut in text; those that the configuration names are always shown.
    private static let shownItems = 25

    // MARK: Text

    var text: String {
        let head = "account \(survey.account.id) (\(survey.vendor.profile.name))"
        if let reason = survey.skipped { return "\(head): skipped: \(reason)" }
        var lines = ["\(head): \(status.rawValue)"]
        for step in survey.steps { lines += textLines(of: step) }
        lines += notes.map { "  note: \($0)" }
        return lines.joined(separator: "\n")
    }

    private func textLines(of step: AccountSurvey.Step) -> [String] {
        let subject = step.probe.subject.rawValue
        guard case .found(let findings, let isComplete) = step.result else {
            return ["  \(subject): \(step.problem ?? "")"]
        }
        if step.probe.subject == .credentials {
            return ["  credentials: " + (findings.first.map { "accepted, \(described($0))" } ?? "accepted")]
        }
        let named = findings.filter { !survey.names(of: $0.id, in: step.probe).isEmpty }
        let others = findings.filter { survey.names(of: $0.id, in: step.probe).isEmpty }
        let shown = named + others.prefix(max(0, Self.shownItems - named.count))
        let lines = shown.map { finding in
            let names = survey.names(of: finding.id, in: step.probe)
            return "    \(described(finding))" + (names.isEmpty ? "" : ", here: \(names.joined(separator: ", "))")
        }
        let left = findings.count - shown.count
        return ["  \(subject): \(findings.count)\(isComplete ? "" : ", perhaps more")"] + lines
            + (left > 0 ? ["    and \(left) more; --format json has all"] : [])
    }

    private func described(_ finding: OnlineFinding) -> String {
        let finding = survey.wording.shown(finding)
        return [finding.id, finding.name, finding.note].compactMap(\.self).joined(separator: "  ")
    }

    // MARK: JSON

    /// `{account, vendor, status, reason, found: [{subject, complete, problem, items: [{id, name, note, names}]}], notes}`
    var json: Value {
        [
            "account": .string(survey.account.id), "vendor": .string(survey.account.vendor.rawValue),
            "status": .string(status.rawValue), "reason": .optional(survey.skipped),
            "found": .array(survey.steps.map(json)), "notes": .array(notes.map(Value.string)),
        ]
    }

    private func json(_ step: AccountSurvey.Step) -> Value {
        var (items, isComplete): ([OnlineFinding], Bool) = ([], false)
        if case .found(let findings, let whole) = step.result { (items, isComplete) = (findings, whole) }
        return [
            "subject": .string(step.probe.subject.rawValue), "complete": .bool(isComplete),
            "problem": .optional(step.problem),
            "items": .array(
                items.map { finding in
                    let shown = survey.wording.shown(finding)
                    return [
                        "id": .string(shown.id), "name": .optional(shown.name), "note": .optional(shown.note),
                        "names": .array(survey.names(of: finding.id, in: step.probe).map(Value.string)),
                    ]
                }),
        ]
    }

    // MARK: GitHub

    /// One line: a notice.
    var github: String {
        let counts = survey.steps.map { step in
            guard case .found(let findings, _) = step.result else { return "\(step.probe.subject.rawValue) not had" }
            return step.probe.subject == .credentials
                ? "credentials accepted" : "\(findings.count) \(step.probe.subject.rawValue)"
        }
        let what = survey.skipped.map { "skipped: \($0)" } ?? counts.joined(separator: ", ")
        let text = "account \(survey.account.id) (\(survey.vendor.profile.name)): \(what)"
        return "::notice title=check --online::" + text.replacing("%", with: "%25")
    }
}

extension AccountSurvey.Step {
    /// Why there is no list; nil where there is one. Fit to be shown.
    fileprivate var problem: String? {
        switch result {
        case .found: nil
        case .unauthorized(let why): "refused: \(why)"
        case .refused(let why), .unreadable(let why), .unreachable(let why): why
        }
    }
}
