import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles
import Rules

extension LocalDate: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

/// Which time `--edges` is about, and how it is shown.
struct EdgeOptions: ParsableArguments {
    @Option(
        name: .customLong("from"),
        help: ArgumentHelp("The first day of --edges, by each schedule's own zone (default: now).", valueName: "date"))
    var first: LocalDate?

    @Option(name: .customLong("days"), help: ArgumentHelp("How many days of --edges (default: 366).", valueName: "n"))
    var days: Int?

    @Option(name: .long, help: "text or json, of --edges.")
    var format: ResultFormat?

    var isUsed: Bool { first != nil || days != nil || format != nil }

    func validate() throws {
        if let days, !(1...3660).contains(days) { throw ValidationError("--days: write a number from 1 to 3660") }
    }

    func window(now: Instant) -> EdgeTimeline.Window {
        EdgeTimeline.Window(from: first.map { .day($0) } ?? .instant(now), days: days ?? 366)
    }
}

/// `test --edges`
struct EdgeListing {
    let options: EdgeOptions
    let isQuiet: Bool

    func print(_ roots: [TestRoot], filter: String?) throws {
        let window = options.window(now: Instant.now)
        for root in roots {
            let timeline = EdgeTimeline(
                root.engine.rules, tests: try root.tests(named: filter), runner: root.runner, in: window)
            switch options.format ?? .text {
            case .json: Output.print(JSONWriter.string(EdgeJSON.value(timeline), pretty: true))
            case .text: for line in EdgeText.lines(timeline) { Output.print(Console.clean(line)) }
            }
            if timeline.schedules.isEmpty, !isQuiet { Output.complain("bellhop: no rule in \(root.path) looks at a schedule") }
        }
    }
}
