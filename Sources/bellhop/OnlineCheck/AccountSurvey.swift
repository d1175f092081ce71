import Daemon
import Model
import VendorKit

/// What a vendor told about one account.
struct AccountSurvey: Sendable {
    enum Result: Sendable {
        case found([OnlineFinding], isComplete: Bool)
        /// No such answer was to be had; why.
        case unauthorized(String)
        case refused(String)
        case unreadable(String)
        case unreachable(String)
    }

    struct Step: Sendable {
        let probe: OnlineProbe
        let result: Result
    }

    let settings: AccountSettings
    let vendor: any Vendor
    let wording: OnlineWording
    /// Nil for an account that was asked; else why it was not.
    let skipped: String?
    /// In the order in which they were made; the last is the one that showed that more would be of no use.
    let steps: [Step]

    var account: Account { settings.account }

    /// Asks what there is to ask, one call after the other. Ends at the first that nobody answers, and when the credentials'
    /// own answer is none.
    static func taken(of settings: AccountSettings, by caller: OnlineCaller) async -> AccountSurvey {
        var answered: [VendorRequest: OnlineCaller.Result] = [:]
        var steps: [Step] = []
        for probe in caller.vendor.probes(account: settings.account) {
            // Two subjects may be told by one answer.
            let result: OnlineCaller.Result
            if let known = answered[probe.request] { result = known } else { result = await caller.result(of: probe.request) }
            answered[probe.request] = result
            let step = Step(probe: probe, result: Result(result, to: probe, caller.wording))
            steps.append(step)
            if step.endsSurvey { break }
        }
        return AccountSurvey(
            settings: settings, vendor: caller.vendor, wording: caller.wording, skipped: nil, steps: steps)
    }

    static func skipped(_ settings: AccountSettings, vendor: any Vendor, because reason: String) -> AccountSurvey {
        AccountSurvey(
            settings: settings, vendor: vendor, wording: OnlineWording(secrets: []), skipped: reason, steps: [])
    }
}

extension AccountSurvey {
    /// The list that holds the ids of a table; nil when none was had. As it came: not fit to be shown.
    func list(of table: NameTable) -> (probe: OnlineProbe, findings: [OnlineFinding], isComplete: Bool)? {
        for step in steps where step.probe.tables.contains(table) {
            if case .found(let findings, let isComplete) = step.result { return (step.probe, findings, isComplete) }
        }
        return nil
    }

    /// The tables in which the vendor's requests look a word up, its own first.
    func tables(behind table: NameTable) -> [NameTable] {
        let listed = steps.map(\.probe.tables).first { $0.contains(table) } ?? [table]
        return Array(listed.drop { $0 != table })
    }

    /// The names that the configuration has for an id, sorted.
    func names(of id: String, in probe: OnlineProbe) -> [String] {
        let names = probe.tables.flatMap { table in
            account.names[table].filter { $0.value.utf8.elementsEqual(id.utf8) }.map(\.key)
        }
        return Set(names).sorted()
    }
}

extension AccountSurvey.Step {
    fileprivate var endsSurvey: Bool {
        switch result {
        case .found: false
        case .unreachable: true
        case .unauthorized, .refused, .unreadable: probe.subject == .credentials
        }
    }
}

extension AccountSurvey.Result {
    fileprivate init(_ result: OnlineCaller.Result, to probe: OnlineProbe, _ wording: OnlineWording) {
        switch result {
        case .unauthorized(let why): self = .unauthorized(why)
        case .refused(let why): self = .refused(why)
        case .unreachable(let why): self = .unreachable(why)
        case .answer(let response):
            switch probe.answer(in: response) {
            case .found(let findings, let isComplete): self = .found(findings, isComplete: isComplete)
            case .unreadable(let why): self = .unreadable(wording.shown(why))
            }
        }
    }
}
