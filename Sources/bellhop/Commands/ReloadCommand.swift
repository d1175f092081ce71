import ArgumentParser
import Daemon
import JSON
import Model

/// `reload`: lets the running daemon read its rules again, and waits for what comes of it.
struct ReloadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Let the running daemon read its rules again, and tell what changed.",
        discussion: """
            EXAMPLES
              bellhop reload
              bellhop check && bellhop test && bellhop reload

            A set with an error changes nothing: the old rules stay in use, what is wrong is printed, and the exit code is 1.
            """)

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func run() throws {
        let reply = try common.controlClient().answer(.reload(isColored: common.isColored && format == .text))
        switch reply {
        case .done(let report): show(report)
        case .refused(let message, let report):
            show(report)
            throw Exit(.negative, common.quiet ? nil : "bellhop: \(message)")
        case .failed(let message): throw Exit(.environment, "bellhop: \(message)")
        case .item, .lost, .alive: break
        }
    }

    private func show(_ report: Value) {
        switch format {
        case .json:
            // The text is for people.
            var object = report.object ?? [:]
            object["text"] = nil
            Output.print(JSONWriter.string(.object(object)))
        case .text:
            if let text = report["text"]?.text, !text.isEmpty { Output.print(text) }
            guard report["rules"] != nil else { return }
            for line in Self.changes(report) { Output.print(line) }
            Output.print("\(StatusText.counted(report["rules"], "rule")) in use, revision \(report["revision"]?.text ?? "")")
        }
    }

    /// `changed  rule refund  rules/a.yaml:3:5`
    private static func changes(_ report: Value) -> [String] {
        var lines = ["added", "changed", "removed"].flatMap { word in
            (report[word]?.array ?? []).map { part in
                let name = "\(part["kind"]?.text ?? "") \(part["id"]?.text ?? "")"
                return "\(word)\(String(repeating: " ", count: 9 - word.count))\(name)  \(part["at"]?.text ?? "")"
            }
        }
        if report["reordered"] == true { lines.append("the rules are tried in another order") }
        return lines.isEmpty ? ["nothing changed"] : lines
    }
}
