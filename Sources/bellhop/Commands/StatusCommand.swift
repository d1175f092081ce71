import ArgumentParser
import Daemon
import JSON
import Model
import Rules

/// `status`: how the running daemon is doing.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tell how the running daemon is doing.",
        discussion: """
            EXAMPLES
              bellhop status
              bellhop status --config /etc/bellhop/bellhop.yaml
              bellhop status --format json | jq .inbox
            """)

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        let status = try common.controlClient().ask(.status)
        switch format {
        case .json: Output.print(JSONWriter.string(status))
        case .text: for line in StatusText.lines(status) { Output.print(line) }
        }
    }
}

/// A status for people.
enum StatusText {
    static func lines(_ status: Value) -> [String] {
        let uptime = Duration.seconds(integer(status["uptime_s"]))
        let state = status["ready"] == true ? "ready" : "not ready: \(obstacle(status["obstacle"]?.text ?? ""))"
        var lines = [
            "bellhop \(status["version"]?.text ?? "")  pid \(status["pid"]?.text ?? "")  up \(uptime.rounded)  \(state)",
            "webhooks  \(status["listen"]?.text ?? "does not listen yet")",
            "admin     \(status["admin"]?.text ?? "does not listen yet")",
            "store     \(status["store"]?.text ?? "")",
            "disk      \(disk(status["disk"] ?? .null))",
            "rules     \(rules(status["rules"] ?? .null))",
            "inbox     \(inbox(status["inbox"] ?? .null))",
            "outbox    \(outbox(status["outbox"]?.object ?? [:]))",
            "dead      \(dead(status))",
        ]
        if status["last_run_crashed"] == true { lines.append("crashes   the run before this one ended without being stopped") }
        for account in status["accounts"]?.array ?? [] {
            let words = ["id", "vendor", "delivery"].map { account[$0]?.text ?? "" }.joined(separator: "  ")
            lines.append("account   \(words)" + (account["takes_webhooks"] == true ? "" : "  no webhook secret: answered 503"))
        }
        return lines
    }

    static func counted(_ count: Value?, _ what: String) -> String {
        let count = integer(count)
        return "\(count) \(what)\(count == 1 ? "" : "s")"
    }

    private static func integer(_ value: Value?) -> Int64 { if case .integer(let integer) = value { integer } else { 0 } }

    private static func obstacle(_ word: String) -> String {
        Health.Obstacle(rawValue: word)?.sentence ?? word
    }

    /// `3 dead letters, 1 over which it crashed`
    private static func dead(_ status: Value) -> String {
        let crashed = integer(status["crashed_events"])
        return counted(status["dead_letters"], "dead letter") + (crashed > 0 ? ", \(crashed) over which it crashed" : "")
    }

    private static func disk(_ disk: Value) -> String {
        guard case .integer(let free) = disk["free_bytes"] else { return "not measured yet" }
        let stop = integer(disk["stops_below_bytes"])
        let state = disk["full"] == true ? ", full" : ""
        let log = disk["log_large"] == true ? ", its log is large: does another program keep the database open?" : ""
        let limit = stop > 0 ? ", webhooks are answered 503 below \(size(stop))" : ""
        return "\(size(free)) free\(state)\(limit)\(log)"
    }

    private static func size(_ bytes: Int64) -> String {
        let units: [(String, Int64)] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
        guard let unit = units.first(where: { bytes >= $0.1 }) else { return "\(bytes) bytes" }
        return "\(bytes / unit.1) \(unit.0)"
    }

    private static func rules(_ rules: Value) -> String {
        let watch =
            switch rules["watch"]?.text {
            case "events": "  watched"
            case "polling": "  watched by comparing"
            default: ""
            }
        let refused = rules["last_load_refused"] == true ? refusal(rules["refusal"] ?? .null) : ""
        guard let revision = rules["revision"]?.text else {
            return "\(rules["path"]?.text ?? "")  none in use\(watch)\(refused)"
        }
        return "\(rules["path"]?.text ?? "")  revision \(revision)  \(counted(rules["rules"], "rule")), "
            + "\(counted(rules["flows"], "flow"))  loaded \(rules["loaded_at"]?.text ?? "")\(watch)\(refused)"
    }

    /// What was refused last, on a line of its own under the rules in use.
    private static func refusal(_ refusal: Value) -> String {
        let first = refusal["first"] ?? .null
        let place = "\(first["file"]?.text ?? ""):\(integer(first["line"])):\(integer(first["column"]))"
        let errors = counted(refusal["errors"], "error")
        return "  the last load was refused\n          at \(refusal["at"]?.text ?? "") for \(errors): \(place): "
            + (first["message"]?.text ?? "")
    }

    private static func inbox(_ inbox: Value) -> String {
        let age = inbox["oldest_age_s"].flatMap { $0.isNull ? nil : Duration.seconds(integer($0)) }
        return counted(inbox["undecided"], "undecided event") + (age.map { ", the oldest for \($0.rounded)" } ?? "")
    }

    private static func outbox(_ open: Value.Object) -> String {
        guard !open.isEmpty else { return "nothing to send" }
        return open.entries.map { "\($0.key): \(counted($0.value, "effect"))" }.joined(separator: ", ")
    }
}

extension Duration {
    /// In its two largest units: `3d 4h`, `2m 5s`, `0s`.
    fileprivate var rounded: String {
        var seconds = max(components.seconds, 0)
        var parts: [String] = []
        for (unit, length) in [("d", Int64(86_400)), ("h", 3600), ("m", 60), ("s", 1)] {
            if seconds >= length || (unit == "s" && parts.isEmpty) { parts.append("\(seconds / length)\(unit)") }
            seconds %= length
        }
        return parts.prefix(2).joined(separator: " ")
    }
}
