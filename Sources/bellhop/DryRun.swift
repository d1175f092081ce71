import Daemon
import Model
import RuleFiles
import Synchronization

/// Decides captured webhooks one after the other, since each may depend on the one before; while some are decided, those behind
/// them are read, and what became of those before them is written out, on all cores.
struct DryRun {
    let replay: Replay
    let format: ResultFormat
    let isExplained: Bool
    let jobs: Int

    /// What is decoded or written at a time by one core, and how many of those there are in a round.
    private static let groupCount = 8
    private static let groupBytes = 64 << 10
    private static let groupWebhooks = 64
    private static let pieceBytes = 256 << 10

    struct Counts {
        var decided = 0
        var unreadable = 0
    }

    /// Prints what becomes of every input, in the order given.
    func decide(_ inputs: [String], isQuiet: Bool) -> Counts {
        Interruption.begin()
        let source = CapturedSource(inputs, pieceBytes: Self.pieceBytes, pieceWebhooks: Self.groupWebhooks)
        let replay = Mutex(replay)
        var counts = Counts()
        var progress = Progress(totalBytes: CapturedInput.byteCount(of: inputs), isQuiet: isQuiet)
        var round = Round(pieces: Self.pieces(of: source))
        while !round.isEmpty {
            let (next, texts) = carryOut(round, replay, source)
            round = next
            for text in texts.joined() { text.print() }
            for group in round.decided {
                counts.decided += group.lines.count - group.unreadableCount
                counts.unreadable += group.unreadableCount
                progress.advance(bytes: group.byteCount, count: group.webhookCount) {
                    "\(counts.decided) events, \(counts.unreadable) unreadable"
                }
            }
        }
        progress.end()
        return counts
    }

    private static func pieces(of source: CapturedSource) -> [[CapturedPiece]] {
        source.groups(groupCount, bytes: groupBytes, webhooks: groupWebhooks)
    }
}

// MARK: - A round

extension DryRun {
    /// Three batches, each a step further than the one behind it.
    private struct Round: Sendable {
        /// Read.
        var pieces: [[CapturedPiece]] = []
        var decoded: [[DecodedWebhook]] = []
        var decided: [DecidedGroup] = []

        var isEmpty: Bool { pieces.isEmpty && decoded.isEmpty && decided.isEmpty }
    }

    private struct DecodedWebhook: Sendable {
        var source: String
        var line: Int
        var byteCount: Int
        var result: Result<CaptureDecoder.Decoded, PayloadError>
    }

    private struct DecidedGroup: Sendable {
        var byteCount = 0
        var webhookCount = 0
        var unreadableCount = 0
        var lines: [Line] = []
    }

    private struct Line: Sendable {
        var source: String
        var number: Int
        var result: Result<Replay.Outcome, PayloadError>
    }

    /// Takes each batch a step further, and reads another.
    /// - Returns: the next round, and what is to be printed.
    private func carryOut(
        _ round: Round, _ replay: borrowing Mutex<Replay>, _ source: CapturedSource
    ) -> (Round, texts: [[Text]]) {
        let next = Mutex(Round(decoded: Array(repeating: [], count: round.pieces.count)))
        let texts = Mutex<[[Text]]>(Array(repeating: [], count: round.decided.count))
        // Without the state, which one core works on.
        let decoder = self.replay.decoder
        perform(2 + round.pieces.count + round.decided.count, jobs: jobs) { number in
            let (place, last) = (number - 2, number - 2 - round.pieces.count)
            if number == 0 {
                // The only part that cannot be shared out, so it begins first.
                let decided = replay.withLock { replay in round.decoded.map { decide($0, &replay) } }
                next.withLock { $0.decided = decided }
            } else if number == 1 {
                let pieces = Self.pieces(of: source)
                next.withLock { $0.pieces = pieces }
            } else if last < 0 {
                let decoded = Self.decoded(round.pieces[place], decoder)
                next.withLock { $0.decoded[place] = decoded }
            } else {
                let written = round.decided[last].lines.map { Self.text($0, format, isExplained) }
                texts.withLock { $0[last] = written }
            }
        }
        return (next.withLock { $0 }, texts.withLock { $0 })
    }

    private static func decoded(_ pieces: [CapturedPiece], _ decoder: CaptureDecoder) -> [DecodedWebhook] {
        var decoded: [DecodedWebhook] = []
        for piece in pieces {
            piece.forEach { webhook in
                decoded.append(
                    DecodedWebhook(
                        source: webhook.source, line: webhook.line, byteCount: webhook.byteCount,
                        result: decoder.decoded(webhook)))
            }
        }
        return decoded
    }

    private func decide(_ webhooks: [DecodedWebhook], _ replay: inout Replay) -> DecidedGroup {
        var group = DecidedGroup()
        for webhook in webhooks {
            group.webhookCount += 1
            group.byteCount += webhook.byteCount
            let (source, number) = (webhook.source, webhook.line)
            switch webhook.result {
            case .success(let events):
                for outcome in replay.outcomes(of: events, explaining: isExplained) {
                    group.lines.append(Line(source: source, number: number, result: .success(outcome)))
                }
            case .failure(let error):
                group.unreadableCount += 1
                group.lines.append(Line(source: source, number: number, result: .failure(error)))
            }
        }
        return group
    }
}

// MARK: - What is printed

extension DryRun {
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
        let (source, number) = (line.source, line.number)
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
