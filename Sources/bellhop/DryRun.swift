import Daemon
import Model
import RuleFiles

/// Decides captured webhooks by the hundred: they are read and written out on all cores, and decided one after the other,
/// since each may depend on the one before.
struct DryRun {
    var replay: Replay
    let format: ResultFormat
    let isExplained: Bool
    let jobs: Int

    private static let batchSize = 512

    struct Counts {
        var decided = 0
        var unreadable = 0
    }

    /// Prints what becomes of every input, in the order given.
    func decide(_ inputs: [String], isQuiet: Bool) throws -> Counts {
        var counts = Counts()
        var progress = Progress(totalBytes: CapturedInput.byteCount(of: inputs), isQuiet: isQuiet)
        var replay = replay
        var batch: [CapturedWebhook] = []
        func decideBatch() {
            decide(batch, &replay, &counts)
            for webhook in batch {
                progress.advance(bytes: webhook.byteCount) { "\(counts.decided) events, \(counts.unreadable) unreadable" }
            }
            batch.removeAll(keepingCapacity: true)
        }
        Interruption.begin()
        try CapturedInput.read(inputs) { webhook in
            batch.append(webhook)
            if batch.count == Self.batchSize { decideBatch() }
        }
        decideBatch()
        progress.end()
        return counts
    }

    private struct Line: Sendable {
        var webhook: CapturedWebhook
        var result: Result<Replay.Outcome, PayloadError>
    }

    private func decide(_ batch: [CapturedWebhook], _ replay: inout Replay, _ counts: inout Counts) {
        // Without the state: holding that would copy it for every batch.
        let decoder = replay.decoder
        let decoded = batch.concurrentMap(jobs: jobs) { decoder.decoded($0) }
        var lines: [Line] = []
        for (webhook, result) in zip(batch, decoded) {
            switch result {
            case .success(let events):
                for outcome in replay.outcomes(of: events, explaining: isExplained) {
                    counts.decided += 1
                    lines.append(Line(webhook: webhook, result: .success(outcome)))
                }
            case .failure(let error):
                counts.unreadable += 1
                lines.append(Line(webhook: webhook, result: .failure(error)))
            }
        }
        let (format, isExplained) = (format, isExplained)
        for text in lines.concurrentMap(jobs: jobs, { Self.text($0, format, isExplained) }) { text.print() }
    }

    /// What is printed of one event or input, and where.
    private enum Text: Sendable {
        case output(String)
        case complaint(String)

        func print() {
            switch self {
            case .output(let text): Output.print(text)
            case .complaint(let text): Output.complain(text)
            }
        }
    }

    private static func text(_ line: Line, _ format: ResultFormat, _ isExplained: Bool) -> Text {
        let (source, number) = (line.webhook.source, line.webhook.line)
        switch (line.result, format) {
        case (.success(let outcome), .json):
            return .output(DecisionJSON.line(outcome, source: source, line: number, explaining: isExplained))
        case (.success(let outcome), .text):
            return .output(DecisionText.lines(outcome, explaining: isExplained).map(Console.clean).joined(separator: "\n") + "\n")
        case (.failure(let error), .json):
            return .output(DecisionJSON.errorLine(error.code, error.message, source: source, line: number))
        case (.failure(let error), .text): return .complaint("\(source):\(number): \(error.message)")
        }
    }
}
