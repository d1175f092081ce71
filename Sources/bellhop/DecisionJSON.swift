import Daemon
import JSON
import Model

/// One decided event as one line of JSON: the form that CLI users' programs read.
enum DecisionJSON {
    static func line(_ outcome: Replay.Outcome, source: String, line: Int, explaining: Bool) -> String {
        let head: Value.Object = ["source": .string(source), "line": .integer(Int64(line))]
        return JSONWriter.string(
            .object(
                DecisionForm.object(
                    outcome.event, outcome.decision, account: outcome.account, head: head, explaining: explaining)))
    }

    static func errorLine(_ code: String, _ message: String, source: String, line: Int) -> String {
        JSONWriter.string([
            "schema": 1, "source": .string(source), "line": .integer(Int64(line)),
            "error": ["code": .string(code), "message": .string(message)],
        ])
    }
}
