import Daemon
import Model
import RuleFiles
import Rules
import VendorKit

/// What is wrong between configuration, rules and what the vendors told. Pure.
struct OnlineVerdict {
    let surveys: [AccountSurvey]
    /// Every account of the configuration, those that were not asked too.
    let accounts: [Account]
    let places: ConfigurationPlaces

    /// Everything found, sorted by place.
    func diagnostics(for namedPlaces: [NamedPlace]) -> [Diagnostic] {
        let ofAccounts = surveys.flatMap { survey in survey.steps.flatMap { findings(in: $0, of: survey) } }
        return (ofAccounts + namedPlaces.compactMap(finding)).sorted {
            ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message)
        }
    }

    /// What could not be verified although nothing is wrong, in sentences.
    func notes(on survey: AccountSurvey, for namedPlaces: [NamedPlace]) -> [String] {
        guard survey.skipped == nil, survey.isReached else { return [] }
        let tables = NameTable.allCases.compactMap { table -> String? in
            let count = survey.account.names[table].count
            let words = namedPlaces.filter { $0.table == table && opinion(on: $0, of: survey.account) == .unknown }
            let rules = words.map { "'\($0.word)' at \($0.at.text)" }
            guard count > 0 || !rules.isEmpty else { return nil }
            let unverified = ([count > 0 ? "`names.\(table.rawValue)`" : nil].compactMap(\.self) + rules)
            switch survey.list(of: table) {
            case nil where survey.steps.contains { $0.probe.tables.contains(table) }:
                return "no list of \(table.rawValue) was had; not verified: \(unverified.joined(separator: ", "))"
            case nil:
                return "no call of \(survey.vendor.profile.name) is known that lists \(table.rawValue); not verified: "
                    + unverified.joined(separator: ", ")
            case (_, _, isComplete: false)?:
                return "the list of \(table.rawValue) may not be complete; what is not in it is not known to be wrong"
            case (_, _, isComplete: true)?: return nil
            }
        }
        return tables
    }

    // MARK: Accounts

    private func findings(in step: AccountSurvey.Step, of survey: AccountSurvey) -> [Diagnostic] {
        let id = survey.account.id
        let name = survey.vendor.profile.name
        switch step.result {
        case .found(let findings, let isComplete):
            return unlistedBots(findings, step.probe, survey) + unknownIDs(findings, isComplete, step.probe, survey)
                + blockedWebhooks(findings, step.probe, survey)
        case .unauthorized(let why) where step.probe.subject == .credentials:
            return [refusedCredentials(why, survey)]
        case .unauthorized(let why):
            return [
                unverified(
                    .warning, "account '\(id)': \(name) does not let these credentials list \(step.subject): \(why)",
                    help: "allow it to the user of the credentials, or expect its names not to be verified", survey)
            ]
        case .refused(let why), .unreadable(let why):
            let isFirst = step.probe.subject == .credentials
            return [
                unverified(
                    isFirst ? .error : .warning,
                    "account '\(id)': \(step.probe.request.path) does not answer as \(name) does"
                        + (isFirst ? "" : " about \(step.subject)") + ": \(why)",
                    help: isFirst ? "look at `api.base_url`" : "names of \(step.subject) are not verified", survey)
            ]
        case .unreachable(let why):
            let place = places.account(id)
            return [
                Diagnostic(
                    .error, .unreachableVendor, "account '\(id)': \(name) cannot be asked at \(step.probe.request.path): \(why)",
                    at: place.at, length: place.length, help: "try again; or look at `api.base_url` and the network")
            ]
        }
    }

    private func refusedCredentials(_ why: String, _ survey: AccountSurvey) -> Diagnostic {
        let account = survey.account
        let secrets = survey.settings.apiSecrets.sorted { $0.value.at < $1.value.at }
        let place = places.api(of: account.id)
        let plain = account.settings["user_id"] == nil ? [] : ["`api.user_id`"]
        let looked = plain + secrets.map { "`api.\($0.key)` (\($0.value.source.text))" }
        return Diagnostic(
            .error, .refusedCredentials,
            "account '\(account.id)': \(survey.vendor.profile.name) refuses the credentials: \(why)",
            at: secrets.first?.value.at ?? place.at, length: secrets.isEmpty ? place.length : 1,
            help: "look at \(looked.joined(separator: ", "))")
    }

    private func unverified(
        _ severity: Diagnostic.Severity, _ message: String, help: String, _ survey: AccountSurvey
    ) -> Diagnostic {
        let place = places.api(of: survey.account.id)
        return Diagnostic(severity, .unverified, message, at: place.at, length: place.length, help: help)
    }

    private func unlistedBots(_ findings: [OnlineFinding], _ probe: OnlineProbe, _ survey: AccountSurvey) -> [Diagnostic] {
        let account = survey.account
        return findings.compactMap { finding in
            let names = probe.ownNames(of: finding)
            guard !names.isEmpty, !names.contains(where: account.isBot) else { return nil }
            let shown = names.map(survey.wording.shown)
            // An id that is kept as a secret is not shown.
            let word = zip(names, shown).first { $0 == $1 }?.1 ?? shown.last ?? ""
            let place = places.bots(of: account.id)
            let who = ([word] + [finding.name].compactMap { $0.map(survey.wording.shown) }).joined(separator: ", ")
            return Diagnostic(
                .warning, .unlistedBot, "account '\(account.id)': its own user (\(who)) is not among its `bots`",
                at: place.at, length: place.length,
                help: "add '\(word)' to `bots`: else what Bellhop writes may count as a human agent's words, and a "
                    + "conversation that it serves as taken over, so that rules keep silent")
        }
    }

    private func unknownIDs(
        _ findings: [OnlineFinding], _ isComplete: Bool, _ probe: OnlineProbe, _ survey: AccountSurvey
    ) -> [Diagnostic] {
        let account = survey.account
        return account.unknownNames(of: probe, in: .found(findings, isComplete: isComplete)).map { unknown in
            let place = places.name(unknown.name, in: unknown.table, of: account.id)
            let named = findings.first { $0.calls(itself: unknown.name) }
            let near = named ?? findings.near(unknown.name).first
            return Diagnostic(
                .error, .unknownID,
                "account '\(account.id)': \(survey.vendor.profile.name) has no \(unknown.table.singular) "
                    + "'\(survey.wording.shown(unknown.id))', which `names` calls '\(unknown.name)'",
                at: place.at, length: place.length,
                help: near.map { "did you mean \(survey.wording.described($0))?" }
                    ?? survey.wording.listed(findings, what: unknown.table.rawValue))
        }
    }

    private func blockedWebhooks(
        _ findings: [OnlineFinding], _ probe: OnlineProbe, _ survey: AccountSurvey
    ) -> [Diagnostic] {
        guard probe.subject == .webhooks else { return [] }
        let place = places.account(survey.account.id)
        return findings.filter { $0.note == "blocked" }.map { webhook in
            Diagnostic(
                .warning, .blockedWebhook,
                "account '\(survey.account.id)': \(survey.vendor.profile.name) has stopped calling the webhook "
                    + survey.wording.described(webhook),
                at: place.at, length: place.length,
                help: "unblock it in the vendor's settings, when Bellhop can be reached again")
        }
    }

    // MARK: Rules

    private enum Opinion {
        /// In `names`, or an id that the vendor has.
        case known
        /// In neither, by a complete list.
        case missing
        case unknown
        /// The account cannot do such a thing, or does nothing at all.
        case indifferent
    }

    private func opinion(on place: NamedPlace, of account: Account) -> Opinion {
        let survey = surveys.first { $0.account.id == account.id }
        let tables = survey?.tables(behind: place.table) ?? [place.table]
        if place.isNamed(by: account, in: tables) { return .known }
        guard let survey else { return .unknown }
        if survey.skipped != nil || place.use == .target && !survey.vendor.profile.canRoute(to: place.table) {
            return .indifferent
        }
        let ids = tables.flatMap { account.names[$0].values }
        guard let list = survey.list(of: place.table) else { return place.means(ids) ? .known : .unknown }
        // A condition compares with an agent's names too, not with those of departments and teams.
        let hasNames = place.use == .condition && place.table == .agents
        let isThere = list.findings.contains { place.means(hasNames ? [$0.id, $0.name, $0.note] : [$0.id]) }
        return isThere ? .known : list.isComplete ? .missing : .unknown
    }

    private func finding(_ place: NamedPlace) -> Diagnostic? {
        let concerned = accounts.filter { place.accounts.contains($0.id) }.map { ($0, opinion(on: place, of: $0)) }
            .filter { $0.1 != .indifferent }
        let missing = concerned.filter { $0.1 == .missing }.map(\.0.id)
        let isNowhere = missing.count == concerned.count
        // Conversations of another account may never get there; a condition on a place of one account is no fault of others.
        guard let first = surveys.first(where: { missing.contains($0.account.id) }), isNowhere || place.use == .target else {
            return nil
        }
        let accounts = missing.map { "'\($0)'" }.joined(separator: ", ")
        let what = place.table.singular
        return Diagnostic(
            place.use == .target && isNowhere ? .error : .warning, .unresolvedName,
            "'\(place.word)' is no \(what) of \(missing.count == 1 ? "account" : "accounts") \(accounts): "
                + "neither a name in `names` nor an id that the vendor has",
            at: place.at, length: place.key.count, help: suggestion(for: place, by: first))
    }

    private func suggestion(for place: NamedPlace, by survey: AccountSurvey) -> String? {
        guard let list = survey.list(of: place.table) else { return nil }
        let wording = survey.wording
        if let same = list.findings.first(where: { $0.calls(itself: place.word) }) {
            return "add `\(place.word): \(wording.shown(same.id))` to `names.\(place.table.rawValue)` of account "
                + "'\(survey.account.id)'"
        }
        let configured = survey.tables(behind: place.table).flatMap { survey.account.names[$0].keys }.sorted()
        if let near = nearest(to: place.word, among: configured) { return "did you mean '\(near)'?" }
        let near = list.findings.near(place.word)
        if !near.isEmpty { return "did you mean \(near.map(wording.described).joined(separator: " or "))?" }
        return wording.listed(list.findings, what: place.table.rawValue)
    }
}

extension AccountSurvey {
    /// True when every answer of the credentials and behind was had.
    fileprivate var isReached: Bool {
        steps.contains { if case .found = $0.result, $0.probe.subject == .credentials { true } else { false } }
    }
}

extension AccountSurvey.Step {
    fileprivate var subject: String { probe.subject.rawValue }
}

extension VendorProfile {
    fileprivate func canRoute(to table: NameTable) -> Bool {
        let target: RouteTarget =
            switch table {
            case .departments: .department("")
            case .teams: .team("")
            case .agents: .agent("")
            }
        return obstacle(to: .route(target)) == nil
    }
}

extension OnlineFinding {
    /// True for its name or second name, whatever their case.
    fileprivate func calls(itself word: String) -> Bool {
        [name, note].contains { $0?.lowercased() == word.lowercased() }
    }
}

extension [OnlineFinding] {
    /// Those whose id or name is nearest to a word; at most one for each.
    fileprivate func near(_ word: String) -> [OnlineFinding] {
        let texts = flatMap { [$0.id, $0.name, $0.note].compactMap(\.self) }
        guard let near = nearest(to: word, among: texts) else { return [] }
        return first { [$0.id, $0.name, $0.note].contains(near) }.map { [$0] } ?? []
    }
}

extension OnlineWording {
    /// `d1 (Billing)`
    func described(_ finding: OnlineFinding) -> String {
        let finding = shown(finding)
        return (finding.name ?? finding.note).map { "\(finding.id) (\($0))" } ?? finding.id
    }

    /// What there is to choose from, when it is not too much.
    fileprivate func listed(_ findings: [OnlineFinding], what: String) -> String? {
        if findings.isEmpty { return "the vendor has no \(what)" }
        guard findings.count <= 10 else { return "the vendor has \(findings.count) \(what): see above" }
        return "the vendor's \(what) are " + findings.map(described).joined(separator: ", ")
    }
}
