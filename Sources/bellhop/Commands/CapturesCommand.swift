import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import Rules
import Storage

/// `captures`: webhooks as they came, out of the daemon's store.
struct CapturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "captures",
        abstract: "Captured webhooks: take them out, bring them in, make them anonymous, remove them.",
        discussion: """
            EXAMPLES
              bellhop captures export --since 24h > day.jsonl
              bellhop captures export --account shop --matched refund | bellhop dry-run -
              bellhop captures import day.jsonl
              bellhop captures anonymize day.jsonl > shared.jsonl
              bellhop captures prune --older-than 7d
            """,
        subcommands: [Export.self, ImportCommand.self, AnonymizeCommand.self, Prune.self])

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Print captured webhooks as JSON Lines, which dry-run reads.",
            discussion: """
                Each line is `{"received_at", "account", "vendor", "body"}`, in the order of arrival. Webhook secrets are not in
                them; customers' words and data are: see `captures anonymize`.
                """)

        @Option(name: .long, help: ArgumentHelp("Received then or later: a time, or how long ago (24h).", valueName: "time"))
        var since: Moment?

        @Option(name: .long, help: ArgumentHelp("Received before: a time, or how long ago (1h).", valueName: "time"))
        var until: Moment?

        @Option(name: .long, help: ArgumentHelp("Only of this account.", valueName: "account"))
        var account: String?

        @Option(name: .long, help: ArgumentHelp("Only with an event of this kind, such as message.received.", valueName: "kind"))
        var kind: EventKind?

        @Option(name: .long, help: ArgumentHelp("Only with an event on which this rule had an effect.", valueName: "rule"))
        var matched: String?

        @OptionGroup var common: CommonOptions

        func run() throws {
            Output.endWithReader()
            let now = Instant.now
            let query = CaptureQuery(
                since: since?.time(at: now), until: until?.time(at: now), account: account, kind: kind, matchedRule: matched)
            var count = 0
            _ = try common.controlClient().ask(.captures(query)) { reply in
                guard case .item(let capture) = reply else { return }
                count += 1
                Output.print(JSONWriter.string(capture))
            }
            if !common.quiet { Output.complain("bellhop: \(count) webhook\(count == 1 ? "" : "s")") }
        }
    }

    struct Prune: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prune",
            abstract: "Remove what was kept long enough, now.",
            discussion: """
                Without --older-than: all that the daemon removes by itself, as `captures.keep` of its configuration says. With
                it: the captured webhooks that are older. What is not decided yet is kept.
                """)

        @Option(
            name: .customLong("older-than"), help: ArgumentHelp("Captured webhooks of before: 7d, or a time.", valueName: "age"))
        var olderThan: Moment?

        @Option(name: .long, help: "text or json.")
        var format: ResultFormat = .text

        @OptionGroup var common: CommonOptions

        func run() throws {
            let removed = try common.controlClient().ask(.prune(capturesBefore: olderThan?.time(at: .now)))
            switch format {
            case .json: Output.print(JSONWriter.string(removed))
            case .text:
                let counts = (removed.object?.entries ?? []).filter { $0.value != 0 }
                    .map { StatusText.counted($0.value, $0.key == "bodies" ? "captured webhook" : String($0.key.dropLast())) }
                Output.print(counts.isEmpty ? "nothing to remove" : "removed " + counts.joined(separator: ", "))
            }
        }
    }
}

/// A time, or how long ago it was.
enum Moment: Sendable, Hashable, ExpressibleByArgument {
    case time(Instant)
    case ago(Duration)

    init?(argument: String) {
        if let time = Instant(iso8601: argument) {
            self = .time(time)
        } else if let duration = Duration(ruleText: argument) {
            self = .ago(duration)
        } else {
            return nil
        }
    }

    func time(at now: Instant) -> Instant {
        switch self {
        case .time(let time): time
        case .ago(let duration): now.adding(.zero - duration)
        }
    }
}

extension Instant {
    /// By the wall clock.
    static var now: Instant { Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
}

extension EventKind: ExpressibleByArgument {}
