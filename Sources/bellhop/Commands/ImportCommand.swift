import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import RuleFiles

/// `captures import`: webhooks from elsewhere, into the daemon's store.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Keep webhooks from elsewhere as captures; nothing is decided or sent.",
        discussion: """
            EXAMPLES
              bellhop captures import day.jsonl
              bellhop captures import --account shop payloads/ more.jsonl.gz
              ssh old bellhop captures export --since 7d | bellhop captures import -

            Reads what dry-run reads. Each webhook keeps its time and is kept as long as others; `captures export` gives it back.
            What is there already is not added again. What cannot be read, or belongs to no account of the daemon, is told, and
            the exit code is 1; the others are done.
            """)

    @Argument(help: "Capture files, payloads, folders, or -.")
    var inputs: [String]

    @Option(name: .long, help: ArgumentHelp("The account that they belong to (default: as they say).", valueName: "account"))
    var account: String?

    @Option(name: .long, help: "The vendor that sent them: \(VendorID.configurableList) (default: recognised).")
    var vendor: VendorID?

    @Option(name: .long, help: "text or json.")
    var format: ResultFormat = .text

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if vendor == .any { throw ValidationError("--vendor: name a real vendor") }
    }

    func run() throws {
        let request = ControlRequest.importCaptures(CaptureOrigin(account: account, vendor: vendor))
        let transfer = CaptureTransfer(try common.controlClient().exchange(request))
        var progress = Progress(totalBytes: CapturedInput.byteCount(of: inputs), isQuiet: common.quiet)
        Interruption.begin()
        try CapturedInput.read(inputs) { webhook in
            try transfer.send(webhook)
            progress.advance(bytes: webhook.byteCount) { "\(transfer.counts.added) new, \(transfer.counts.failed) refused" }
        }
        try transfer.finish()
        progress.end()
        tell(transfer.counts)
        guard transfer.counts.failed == 0 else { throw Exit(.negative) }
    }

    private func tell(_ counts: CaptureTransfer.Counts) {
        switch format {
        case .json: Output.print(JSONWriter.string(counts.value))
        case .text:
            var parts = ["\(counts.added) imported"]
            if counts.known > 0 { parts.append("\(counts.known) already there") }
            if counts.failed > 0 { parts.append("\(counts.failed) refused") }
            Output.print(parts.joined(separator: ", "))
        }
        guard counts.old > 0, !common.quiet else { return }
        Output.complain(
            "bellhop: \(counts.old) of them \(counts.old == 1 ? "is" : "are") older than `captures.keep`, and will be removed in "
                + "the next minutes")
    }
}

/// Sends webhooks to the daemon, some at a time, and hears what became of them before it sends more: neither side holds much.
final class CaptureTransfer {
    private let exchange: ControlExchange
    private(set) var counts = Counts()
    /// What was sent last, and is not answered.
    private var bytes: [UInt8] = []
    /// Where each line comes from that is not answered; the first of them is the line after `answered`.
    private var sources: [(source: String, line: Int)] = []
    private var answered = 0
    private var readAt: (source: String, time: Instant)?

    struct Counts {
        var added = 0
        var known = 0
        var old = 0
        var failed = 0

        var value: Value {
            [
                "added": .integer(Int64(added)), "known": .integer(Int64(known)), "failed": .integer(Int64(failed)),
                "old": .integer(Int64(old)),
            ]
        }
    }

    private static let lineLimit = 200
    private static let byteLimit = 1 << 20

    init(_ exchange: ControlExchange) { self.exchange = exchange }

    func send(_ webhook: CapturedWebhook) throws {
        switch webhook.body {
        case .failure(let error): complain(webhook.source, webhook.line, error.message)
        case .success(let body):
            if let oddity = webhook.oddity { return complain(webhook.source, webhook.line, oddity) }
            guard let text = String(validating: body, as: UTF8.self) else {
                return complain(webhook.source, webhook.line, "the payload is no UTF-8")
            }
            let line = CaptureLine(
                origin: CaptureOrigin(account: webhook.origin.account, vendor: webhook.origin.vendor),
                receivedAt: webhook.origin.receivedAt, readAt: readTime(webhook.source), body: text)
            bytes += JSONWriter.bytes(line.value)
            bytes.append(UInt8(ascii: "\n"))
            sources.append((webhook.source, webhook.line))
            if sources.count >= Self.lineLimit || bytes.count >= Self.byteLimit { try hear() }
        }
    }

    /// Sends what is left and waits for the end.
    func finish() throws {
        exchange.send(bytes)
        exchange.finish()
        bytes = []
        while let reply = try exchange.next() {
            take(try about(reply))
            if reply.isLast { return }
        }
        throw Exit(.environment, Self.gone)
    }

    private func hear() throws {
        exchange.send(bytes + [UInt8(ascii: "\n")])
        bytes = []
        guard let reply = try exchange.next() else { throw Exit(.environment, Self.gone) }
        guard !reply.isLast else {
            _ = try about(reply)
            throw Exit(.environment, Self.gone)
        }
        take(try about(reply))
        answered += sources.count
        sources = []
    }

    private static let gone = "bellhop: the daemon went away before it had taken all; what it took is kept"

    private func about(_ reply: ControlReply) throws -> Value {
        switch reply {
        case .item(let value), .done(let value): return value
        case .refused(let message, _): throw Exit(.negative, "bellhop: \(message)")
        case .failed(let message): throw Exit(.environment, "bellhop: \(message)")
        case .lost, .alive: return .null
        }
    }

    private func take(_ report: Value) {
        counts.added += Self.count(report["added"])
        counts.known += Self.count(report["known"])
        counts.old += Self.count(report["old"])
        for problem in report["problems"]?.array ?? [] {
            let place = Self.count(problem["line"]) - answered - 1
            let origin = sources.indices.contains(place) ? sources[place] : ("?", 0)
            complain(origin.0, origin.1, problem["message"]?.text ?? "")
        }
    }

    private static func count(_ value: Value?) -> Int { if case .integer(let count) = value { Int(clamping: count) } else { 0 } }

    private func complain(_ source: String, _ line: Int, _ message: String) {
        counts.failed += 1
        Output.complain("\(source):\(line): \(message)")
    }

    /// When a file was written; for what is no file, now.
    private func readTime(_ source: String) -> Instant {
        if let readAt, readAt.source == source { return readAt.time }
        let date = try? FileManager.default.attributesOfItem(atPath: source)[.modificationDate] as? Date
        let time = date.map { Instant(milliseconds: Int64(($0.timeIntervalSince1970 * 1000).rounded(.down))) } ?? .now
        readAt = (source, time)
        return time
    }
}
