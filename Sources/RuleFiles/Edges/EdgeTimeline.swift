package import Model
package import Rules
package import Zones

/// What the rules would do around every opening and closing of their schedules: just before, at, and just after it.
///
/// A rule is shown by replaying the first test in which it runs, at those times; one without such a test by its condition
/// on the schedule alone. Edges at which the same happens are one row.
package struct EdgeTimeline: Sendable, Hashable {
    /// A condition on a schedule, and whose it is.
    package struct Use: Sendable, Hashable {
        /// A rule's id, or `FLOW/STEP`.
        package var owner: String
        package var isFlow: Bool
        package var wantsOpen: Bool
        package var at: SourcePosition
        /// The test that is replayed.
        package var test: String?
        package var testAt: SourcePosition?

        package var key: String { wantsOpen ? "inside" : "outside" }
    }

    /// What is so of one use at one time.
    package struct Cell: Sendable, Hashable {
        /// The condition on the schedule.
        package var holds: Bool
        /// The rules that run when the test's event comes at that time; nil without a test.
        package var runs: [String]?
        /// Where the flow stands then, or which it ended.
        package var flow: String?
    }

    package struct Moment: Sendable, Hashable {
        /// -1, 0 or 1.
        package var minutes: Int
        /// What the wall clock shows.
        package var wall: String
        package var isOpen: Bool
        /// In the order of the schedule's uses.
        package var cells: [Cell]
    }

    package enum Kind: String, Sendable, Hashable {
        case opens, closes, holiday
    }

    /// Days on which the same happens at the same time of the day.
    package struct Row: Sendable, Hashable {
        package var kind: Kind
        /// `09:00`
        package var wall: String
        /// The day has hours of its own.
        package var isSpecial: Bool
        /// The clock is set at that instant.
        package var isTransition: Bool
        package var dates: [LocalDate]
        /// Of the first of them.
        package var at: Instant
        package var moments: [Moment]
    }

    package struct ClockChange: Sendable, Hashable {
        package var transition: ZoneTransition
        package var notes: [String]
    }

    package struct ScheduleReport: Sendable, Hashable {
        package var schedule: Schedule
        package var uses: [Use]
        package var rows: [Row]
        package var clockChanges: [ClockChange]
        /// An edge at the very start is in it, one at the end is not.
        package var start: Instant
        package var end: Instant
    }

    /// Which time it is about.
    package struct Window: Sendable, Hashable {
        /// A day begins at its midnight in each schedule's own zone.
        package enum Start: Sendable, Hashable {
            case day(LocalDate)
            case instant(Instant)
        }

        package var start: Start
        package var days: Int

        package init(from start: Start, days: Int) {
            self.start = start
            self.days = days
        }

        fileprivate func start(in zone: Zone) -> Instant {
            switch start {
            case .instant(let instant): instant
            case .day(let date): zone.midnight(of: date)
            }
        }

        fileprivate func end(in zone: Zone) -> Instant {
            switch start {
            case .instant(let instant): instant.adding(.seconds(days * 86_400))
            case .day(let date): zone.midnight(of: date.adding(days: days))
            }
        }
    }

    package var schedules: [ScheduleReport]

    /// - Parameters:
    ///   - tests: of the same rules root.
    package init(_ rules: RuleSet, tests: [RuleTest], runner: RuleTestRunner, in window: Window) {
        let replays = EdgeReplays(tests, runner)
        let used = rules.usedSchedules
        schedules = used.map { schedule in
            EdgeReader(schedule, rules, used, replays).report(
                from: window.start(in: schedule.zone), until: window.end(in: schedule.zone))
        }
    }
}

extension Zone {
    fileprivate func midnight(of date: LocalDate) -> Instant {
        LocalTime(date: date, hour: 0, minute: 0, second: 0).map { instant(of: $0) }
            ?? Instant(seconds: Int64(date.daysSinceEpoch) * 86_400)
    }
}

/// Reads the edges of one schedule.
private struct EdgeReader {
    private let schedule: Schedule
    private let uses: [EdgeTimeline.Use]
    private let replays: [EdgeReplay?]
    /// All that rules look at: where they are all as they were, a test of one event goes as it went.
    private let others: [Schedule]

    init(_ schedule: Schedule, _ rules: RuleSet, _ others: [Schedule], _ replays: EdgeReplays) {
        self.schedule = schedule
        self.others = others
        let found = rules.uses(of: schedule.name)
        let replays = found.map { replays.replay(of: $0) }
        self.replays = replays
        uses = zip(found, replays).map { use, replay in
            var use = use
            use.test = replay?.test.name
            use.testAt = replay?.test.at
            return use
        }
    }

    func report(from first: Instant, until last: Instant) -> EdgeTimeline.ScheduleReport {
        // Half-open, as hours are: the schedule's own edges are asked for from the other side.
        let (start, end) = (first.adding(.milliseconds(-1)), last.adding(.milliseconds(-1)))
        var known = KnownCells()
        var rows: [EdgeTimeline.Row] = []
        func add(_ kind: EdgeTimeline.Kind, at: Instant, wall: LocalTime, isSpecial: Bool, isTransition: Bool) {
            let moments = [-1, 0, 1].map { moment($0, around: at, &known) }
            let row = EdgeTimeline.Row(
                kind: kind, wall: wall.minuteText, isSpecial: isSpecial, isTransition: isTransition, dates: [wall.date], at: at,
                moments: moments)
            if let index = rows.firstIndex(where: { $0.isSame(as: row) }) {
                rows[index].dates.append(wall.date)
            } else {
                rows.append(row)
            }
        }
        for edge in schedule.edges(after: start, until: end) {
            add(
                edge.opens ? .opens : .closes, at: edge.at, wall: edge.wall, isSpecial: edge.isSpecial,
                isTransition: edge.isTransition)
        }
        let days = (schedule.zone.localTime(at: start).date, schedule.zone.localTime(at: end).date)
        for date in schedule.holidays(from: days.0, to: days.1) {
            let noon = LocalTime(date: date, hour: 12, minute: 0, second: 0)
            guard let wall = schedule.ordinaryOpening(of: date) ?? noon else { continue }
            let at = schedule.zone.instant(of: wall)
            guard start < at, at <= end else { continue }
            add(.holiday, at: at, wall: wall, isSpecial: true, isTransition: false)
        }
        return EdgeTimeline.ScheduleReport(
            schedule: schedule, uses: uses, rows: rows.sorted { $0.at < $1.at },
            clockChanges: schedule.zone.transitions(after: start, until: end).map {
                EdgeTimeline.ClockChange(transition: $0, notes: schedule.notes(on: $0))
            }, start: first, end: last)
    }

    private func moment(_ minutes: Int, around edge: Instant, _ known: inout KnownCells) -> EdgeTimeline.Moment {
        let at = edge.adding(.seconds(minutes * 60))
        let isOpen = schedule.isOpen(at: at)
        let states = others.map { $0.isOpen(at: at) }
        let cells = uses.indices.map { index in
            var cell = EdgeTimeline.Cell(holds: isOpen == uses[index].wantsOpen)
            guard let replay = replays[index] else { return cell }
            let outcome = known.outcome(of: replay, index: index, states: states, at: at)
            cell.runs = outcome.runs
            cell.flow = outcome.flow
            return cell
        }
        return EdgeTimeline.Moment(
            minutes: minutes, wall: schedule.zone.localTime(at: at).minuteText, isOpen: isOpen, cells: cells)
    }
}

/// Outcomes of replays that depend on nothing but which schedules are open.
private struct KnownCells {
    private struct Key: Hashable {
        var index: Int
        var states: [Bool]
    }

    private var outcomes: [Key: EdgeReplay.Outcome] = [:]

    mutating func outcome(of replay: EdgeReplay, index: Int, states: [Bool], at: Instant) -> EdgeReplay.Outcome {
        guard replay.isLone else { return replay.outcome(at: at) }
        let key = Key(index: index, states: states)
        if let known = outcomes[key] { return known }
        let outcome = replay.outcome(at: at)
        outcomes[key] = outcome
        return outcome
    }
}

extension EdgeTimeline.Row {
    /// Days of their own are never one with others.
    fileprivate func isSame(as other: EdgeTimeline.Row) -> Bool {
        kind == other.kind && wall == other.wall && isSpecial == other.isSpecial && !isSpecial && !isTransition
            && !other.isTransition && moments == other.moments
    }
}

extension RuleSet {
    /// The conditions on a schedule, those of rules before those of flows.
    fileprivate func uses(of schedule: String) -> [EdgeTimeline.Use] {
        func uses(_ when: [any Condition], _ owner: String, isFlow: Bool) -> [EdgeTimeline.Use] {
            when.flatMap(\.outline.all).filter { $0.schedule?.name == schedule }
                .map { EdgeTimeline.Use(owner: owner, isFlow: isFlow, wantsOpen: $0.wantsOpen, at: $0.at) }
        }
        let steps = flows.values.flatMap { flow in flow.steps.values.map { (flow: flow.id, step: $0) } }
        return rules.filter { $0.mode != .off }.flatMap { uses($0.when, $0.id, isFlow: false) }
            + steps.flatMap { uses($0.step.conditions, "\($0.flow)/\($0.step.name)", isFlow: true) }.sorted { $0.at < $1.at }
    }
}
