import Delivery
import JSON
import Logging
import Model
import RuleFiles
import Rules
import Storage
import VendorKit
import Vendors

/// Does what is asked over the control socket. What it tells has no secrets in it.
struct ControlResponder: Sendable {
    let status: StatusSource
    let doctor: Doctor
    let reload: @Sendable () async -> RuleReloader.Report
    let feed: DecisionFeed
    let accounts: AccountDirectory
    /// For everything that is answered.
    var redactor: Redactor { accounts.redactor }
    /// Nil for a store that keeps no ledger.
    let ledger: (any Ledger)?
    let janitor: Janitor
    /// Of a webhook's body, in bytes.
    let bodyLimit: Int
    let surroundings: Surroundings
    let wakers: Wakers

    /// Who is told that there is work.
    struct Wakers: Sendable {
        /// An event waits to be decided again.
        var event: @Sendable () -> Void
        /// Effects wait to be sent again.
        var effects: @Sendable () -> Void
    }

    /// Of the connections that are served at the same time; the others are left for what ends.
    private static let watcherLimit = 8
    /// How often a watcher hears that the daemon is there, and one that went away is missed.
    private static let silence = Duration.seconds(3)

    /// - Throws: when the client is gone.
    func answer(_ request: ControlRequest, _ wire: ControlWire) async throws {
        do {
            switch request {
            case .status: try await wire.send(.done(status.value()))
            case .doctor(let isThorough): try await examine(isThorough, wire)
            case .reload(let isColored): try await wire.send(reloaded(isColored))
            case .tail(let filter): try await tail(filter, wire)
            case .prune(let before): try await wire.send(.done(prune(capturesBefore: before)))
            case .importCaptures: break
            case .deadLetters, .showDeadLetter, .retryDeadLetter, .discardDeadLetter, .blame, .captures, .observe, .ruleRuns:
                guard let ledger else { return try await wire.send(.failed("the store keeps no ledger")) }
                try await answer(request, ledger, wire)
            }
        } catch let error as StoreError {
            try await wire.send(.failed("the store failed: \(error.sentence)"))
        }
    }

    private func answer(_ request: ControlRequest, _ ledger: any Ledger, _ wire: ControlWire) async throws {
        switch request {
        case .deadLetters(let filter, let limit): try await list(filter, limit, ledger, wire)
        case .showDeadLetter(let id):
            guard let letter = try await ledger.deadLetter(id) else { return try await wire.send(Self.unknown(id)) }
            try await wire.send(.done(LedgerForm.value(letter, decoded: await decoded(letter.event, ledger))))
        case .retryDeadLetter(let id):
            let count = try await ledger.retryDeadLetter(id, at: surroundings.clocks())
            guard count > 0 else { return try await wire.send(Self.unknown(id)) }
            if case .event = id { wakers.event() } else { wakers.effects() }
            try await wire.send(.done(["id": .string(id.text), "retried": .integer(Int64(count))]))
        case .discardDeadLetter(let id):
            let count = try await ledger.discardDeadLetter(id)
            guard count > 0 else { return try await wire.send(Self.unknown(id)) }
            try await wire.send(.done(["id": .string(id.text), "discarded": .integer(Int64(count))]))
        case .blame(let id, let account, let limit): try await blame(id, account, limit, ledger, wire)
        case .captures(let query): try await export(query, ledger, wire)
        case .observe(let query): try await observe(query, ledger, wire)
        case .ruleRuns(let since):
            let runs = try await history(ledger).runs(since: since)
            for (rule, runs) in runs.sorted(by: { $0.key < $1.key }) {
                var object: Value.Object = ["rule": .string(rule)]
                for entry in runs.value.entries { object[entry.key] = entry.value }
                try await wire.send(.item(.object(object)))
            }
            try await wire.send(.done(["since": .string(since.iso8601)]))
        case .status, .doctor, .reload, .tail, .prune, .importCaptures: break
        }
    }

    /// Reading all of a large store takes minutes: the client hears meanwhile that somebody is at it.
    private func examine(_ isThorough: Bool, _ wire: ControlWire) async throws {
        let findings = try await withThrowingTaskGroup(of: [DoctorFinding]?.self) { group in
            group.addTask { try await doctor.findings(isThorough: isThorough) }
            group.addTask { [surroundings] in
                while !Task.isCancelled {
                    await surroundings.pause(Self.silence)
                    if !Task.isCancelled { try await wire.send(.alive) }
                }
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        for finding in findings ?? [] { try await wire.send(.item(finding.value)) }
        try await wire.send(.done([:]))
    }

    private static func unknown(_ id: DeadLetterID) -> ControlReply { .refused("there is no dead letter \(id.text)", .null) }

    // MARK: Rules

    private func reloaded(_ isColored: Bool) async -> ControlReply {
        let report = await reload()
        let printer = DiagnosticPrinter(sources: report.sources, isColored: isColored)
        var object: Value.Object = [
            "diagnostics": DiagnosticPrinter.json(report.diagnostics),
            "text": .string(printer.text(report.diagnostics)),
        ]
        switch report.outcome {
        case .inUse(let revision, let rules):
            object["revision"] = .string(revision)
            object["rules"] = .integer(Int64(rules))
            object["added"] = .array(report.changes.added.map(Self.part))
            object["removed"] = .array(report.changes.removed.map(Self.part))
            object["changed"] = .array(report.changes.changed.map(Self.part))
            object["reordered"] = .bool(report.changes.isReordered)
            return .done(.object(object))
        case .refused:
            object["revision"] = .optional(status.revision)
            return .refused(refusal(report.subject), .object(object))
        }
    }

    private func refusal(_ subject: RuleReloader.Subject) -> String {
        switch subject {
        case .configuration: "the secrets cannot be used, secrets and rules stay as they were"
        case .rules: status.revision == nil ? "the rules cannot be used" : "the rules cannot be used, the old ones stay"
        }
    }

    private static func part(_ part: RuleOutline.Part) -> Value {
        ["kind": .string(part.kind.rawValue), "id": .string(part.id), "at": .string(part.at.text)]
    }

    // MARK: Decisions

    private func tail(_ filter: DecisionFilter, _ wire: ControlWire) async throws {
        guard feed.watcherCount < Self.watcherLimit else {
            return try await wire.send(.failed("\(Self.watcherLimit) are watching already"))
        }
        let subscription = feed.subscribe(filter)
        defer { subscription.end() }
        // The client knows by this that nothing from now on is left out.
        try await wire.send(.alive)
        while !Task.isCancelled {
            let content = await subscription.next { [surroundings] in await surroundings.pause(Self.silence) }
            if content.isEmpty, !Task.isCancelled { try await wire.send(.alive) }
            if content.lost > 0 { try await wire.send(.lost(content.lost)) }
            for decision in content.decisions { try await wire.send(.item(value(decision, filter))) }
        }
    }

    private func value(_ decision: Decision, _ filter: DecisionFilter) -> Value {
        let event = decision.event
        let account = accounts.account(event.account) ?? Account(id: event.account, vendor: event.vendor)
        var object = DecisionForm.object(event, decision, account: account)
        // A decision from before this watcher came has none.
        if filter.isExplained { object["why"] = ExplanationForm.rules(decision, only: filter.rule) ?? .null }
        return .object(object)
    }

    // MARK: What became of things

    private func list(_ filter: DeadLetterFilter, _ limit: Int, _ ledger: any Ledger, _ wire: ControlWire) async throws {
        // One more tells whether there are more.
        let letters = try await ledger.deadLetters(filter, limit: limit + 1, after: nil)
        for letter in letters.prefix(limit) { try await wire.send(.item(LedgerForm.value(letter, decoded: nil))) }
        try await wire.send(.done(["more": .bool(letters.count > limit)]))
    }

    /// The first of these that knows the id: messages, events, conversations, effects by their dead letter's id.
    private func blame(
        _ id: String, _ account: String?, _ limit: Int, _ ledger: any Ledger, _ wire: ControlWire
    ) async throws {
        var found = "message"
        var entries = try await ledger.ledger(for: .message(id, account: account), limit: limit + 1)
        var lone: LedgerEvent?
        if entries.isEmpty {
            found = "event"
            entries = try await ledger.ledger(for: .event(id), limit: limit + 1)
            lone = entries.isEmpty ? try await ledger.event(id) : nil
        }
        if entries.isEmpty, lone == nil {
            found = "conversation"
            entries = try await ledger.ledger(for: .conversation(id, account: account), limit: limit + 1)
        }
        if entries.isEmpty, lone == nil {
            found = "effect"
            switch DeadLetterID(id) {
            case .effect(let number): entries = try await ledger.effect(number).map { [$0] } ?? []
            case .event(let number): lone = try await ledger.deadLetter(.event(number))?.event
            case nil: break
            }
        }
        guard !entries.isEmpty || lone != nil else {
            return try await wire.send(.refused("nothing is known of \(id)", .null))
        }
        // One more tells whether there are more.
        let areMore = entries.count > limit
        entries = Array(entries.prefix(limit))
        let groups = lone.map { [EventGroup(event: $0, entries: [])] } ?? EventGroup.groups(of: entries)
        for group in groups {
            let event = await decoded(group.event, ledger)
            try await wire.send(.item(LedgerForm.value(group, decoded: event)))
        }
        try await wire.send(
            .done([
                "found": .string(found), "effects": .integer(Int64(entries.count)), "revision": .optional(status.revision),
                "more": .bool(areMore),
            ]))
    }

    private func observe(_ query: ObservationQuery, _ ledger: any Ledger, _ wire: ControlWire) async throws {
        let rules = status.box.current?.rules.rules ?? []
        guard let rule = rules.first(where: { $0.id.utf8.elementsEqual(query.rule.utf8) }) else {
            let near = nearest(to: query.rule, among: rules.map(\.id)).map { "; did you mean '\($0)'?" } ?? ""
            return try await wire.send(.refused("the rules in use have no rule '\(query.rule)'\(near)", .null))
        }
        let observations = try await history(ledger).observations(query)
        let report = ObservationReport(observations, of: rule, since: query.since, answerWindow: query.answerWindow)
        try await wire.send(.done(report.value(examples: query.examples)))
    }

    private func history(_ ledger: any Ledger) -> RuleHistory {
        RuleHistory(ledger: ledger) { [accounts] capture in Self.events(in: capture, accounts) }
    }

    /// The events of a captured webhook; none where it can no longer be read.
    private static func events(in capture: Capture, _ accounts: AccountDirectory) -> [Event] {
        guard let vendor = VendorCatalog.vendor(capture.vendor) else { return [] }
        var account = accounts.account(capture.account) ?? Account(id: capture.account, vendor: capture.vendor)
        account.vendor = capture.vendor
        let webhook = WebhookRequest(
            body: capture.body, headers: capture.headers.map { (name: $0.name, value: $0.value) }, trust: .captured)
        do {
            return try vendor.receive(webhook, account: account, now: capture.receivedAt).events
        } catch {
            return []
        }
    }

    /// The event as the rules saw it; nil for one that no vendor told, and where the webhook is no longer kept.
    private func decoded(_ event: LedgerEvent?, _ ledger: any Ledger) async -> Event? {
        guard let event, !event.isInternal, let capture = try? await ledger.capture(event.webhookID) else { return nil }
        return Self.events(in: capture, accounts).first { $0.id.utf8.elementsEqual(event.id.utf8) }
    }

    // MARK: Captures

    private func export(_ query: CaptureQuery, _ ledger: any Ledger, _ wire: ControlWire) async throws {
        var query = query
        var count = 0
        repeat {
            let page = try await ledger.captures(query)
            for capture in page.captures {
                try await wire.send(.item(CaptureForm.value(capture, secrets: accounts.allSecrets(of: capture.account))))
            }
            count += page.captures.count
            query.after = page.next
        } while query.after != nil
        try await wire.send(.done(["captures": .integer(Int64(count))]))
    }

    /// Answers each blank line, and any time that there is much to tell, with what became of the lines since the last answer.
    ///
    /// - Parameter heard: called for every line.
    func takeCaptures(
        from lines: ControlLines, _ origin: CaptureOrigin, _ wire: ControlWire, heard: () -> Void
    ) async throws {
        guard let ledger else { return try await wire.send(.failed("the store keeps no ledger")) }
        let now = surroundings.clock()
        let keptSince = janitor.retention.captures ?? now
        var incoming = CaptureImport(accounts: accounts, origin: origin, bodyLimit: bodyLimit, keptSince: keptSince)
        do {
            while let line = try await lines.next(limit: incoming.lineLimit) {
                heard()
                let isQuestion = line == .bytes([])
                if !isQuestion { incoming.take(line) }
                if isQuestion || incoming.isFull { try await keep(&incoming, ledger) }
                if isQuestion || incoming.isToBeTold { try await wire.send(.item(incoming.told().value)) }
            }
            try await keep(&incoming, ledger)
            var end = incoming.told().value.object ?? [:]
            end["kept_ms"] = .integer(now.since(keptSince).wholeMilliseconds)
            try await wire.send(.done(.object(end)))
        } catch let error as StoreError {
            try await wire.send(.failed("the store failed: \(error.sentence)"))
        }
    }

    /// Webhooks that come in go first: with too much to do, the import waits.
    private func keep(_ incoming: inout CaptureImport, _ ledger: any Ledger) async throws(StoreError) {
        for _ in 0..<Self.storeTries {
            do throws(StoreError) {
                return try await incoming.keep(in: ledger)
            } catch {
                guard error == .overloaded else { throw error }
            }
            await surroundings.pause(Self.storePause)
        }
        try await incoming.keep(in: ledger)
    }

    private static let storeTries = 100
    private static let storePause = Duration.milliseconds(100)

    private func prune(capturesBefore: Instant?) async throws(StoreError) -> Value {
        let retention = capturesBefore.map { Retention(captures: $0) } ?? janitor.retention
        let removed = try await janitor.round(retention)
        return [
            "bodies": .integer(Int64(removed.bodies)), "webhooks": .integer(Int64(removed.webhooks)),
            "events": .integer(Int64(removed.events)), "effects": .integer(Int64(removed.effects)),
            "attempts": .integer(Int64(removed.attempts)), "marks": .integer(Int64(removed.marks)),
            "cooldowns": .integer(Int64(removed.cooldowns)), "conversations": .integer(Int64(removed.conversations)),
        ]
    }
}

extension StoreError {
    fileprivate var sentence: String {
        switch self {
        case .conflict: "somebody else changed it meanwhile: try again"
        case .overloaded: "it has too much to do: try again"
        case .noRoom: "its disk is full"
        case .closed: "it is closed"
        case .unavailable(let why): why
        }
    }
}
