import ArgumentParser
import Daemon
import Foundation
import JSON
import Model
import RuleFiles
import Rules
import VendorKit
import Vendors

/// Where a test made of captured webhooks goes.
struct WrittenTestOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Add the written test to this .test.yaml file (default: print a file with it).", valueName: "file"))
    var output: String?

    @Option(name: .long, help: ArgumentHelp("The name of the written test.", valueName: "text"))
    var name: String?

    func validate() throws {
        if let output, !RuleFolder.isTest(output) {
            throw ValidationError("--output: \(output) does not end in .test.yaml, so nobody would read it as tests")
        }
    }
}

/// Makes a test of one captured webhook and those before it, and writes it when it passes.
struct CaptureTest {
    let engine: Engine
    let settings: Settings?
    /// Where the test would stand, were it not for `--output`.
    let root: String
    let options: WrittenTestOptions
    var origin = PayloadIntake.Origin()

    /// - Parameters:
    ///   - webhooks: in the order of arrival, up to the one that the test is of.
    ///   - eventID: an event of the last one that the test is about; nil for its first.
    /// - Returns: what the rules decide about it.
    @discardableResult
    func write(_ webhooks: [CapturedWebhook], eventID: String? = nil) throws -> [Decision] {
        func place(_ webhook: CapturedWebhook) -> String { eventID ?? "\(webhook.source):\(webhook.line)" }
        guard let last = webhooks.last else { throw Exit(.negative, "bellhop: there is no webhook to make a test of") }
        let turns = try turns(webhooks, eventID: eventID)
        let conversation = CapturedConversation(
            turns, engine: engine, payloads: reader(turns), folder: folder)
        guard let truth = conversation.truth() else {
            throw Exit(.negative, "bellhop: \(place(last)): the webhook brings no event, or only ones that were there before")
        }
        let ran = truth.decisions.flatMap(\.matched).map(\.id)
        let name = options.name ?? "\(ran.isEmpty ? "no rule" : ran.joined(separator: ", ")): \(place(last))"
        switch conversation.test(named: name, of: truth) {
        case .success(let test): try write(test, turns)
        case .failure(let error):
            throw Exit(
                .negative,
                "bellhop: no test of \(place(last)) was written, since none passes: \(error.problem)\n"
                    + (options.output == nil ? "With --output, its payload would be put into a file beside the test." : ""))
        }
        return truth.decisions
    }

    private func place(_ webhook: CapturedWebhook) -> String { "\(webhook.source):\(webhook.line)" }

    // MARK: Turns

    /// The webhooks of the last one's conversation.
    private func turns(_ webhooks: [CapturedWebhook], eventID: String?) throws -> [CapturedTurn] {
        var replay = Replay(
            engine: engine,
            decoder: CaptureDecoder(
                intake: PayloadIntake(settings: settings), origin: origin, clock: nil, readAt: Instant.now))
        guard let last = webhooks.last else { return [] }
        let key: ConversationKey
        do throws(PayloadError) {
            let events = try replay.decoder.decoded(last).get().events
            guard let event = events.first(where: { eventID == nil || $0.id == eventID }) else { return [] }
            key = event.conversationKey
        } catch {
            throw Exit(.negative, "bellhop: \(place(last)): \(error.message)")
        }
        var turns: [CapturedTurn] = []
        for webhook in webhooks {
            // Those before the last that cannot be read are nobody's.
            guard let decoded = try? replay.decoder.decoded(webhook).get() else { continue }
            var own = decoded
            own.events = decoded.events.filter { $0.conversationKey == key }
            guard !own.events.isEmpty, let body = try? webhook.body.get() else { continue }
            let marked = replay.outcomes(of: own, explaining: false).map(\.event)
            let events = own.events.map { event in
                marked.contains { $0.id == event.id && $0.sender?.role == .bot } ? event.markedAsOwn() : event
            }
            let isAlone = own.events.count == decoded.events.count
            turns.append(
                CapturedTurn(
                    events: events, body: withoutSecrets(body, decoded.account.vendor),
                    payloadPath: isAlone ? payloadPath(webhook) : nil))
        }
        return turns
    }

    /// A test is put under version control: what the vendor sends as its secret is no part of it.
    private func withoutSecrets(_ body: [UInt8], _ vendor: VendorID) -> [UInt8] {
        guard let vendor = VendorCatalog.vendor(vendor), let root = try? JSONDocument(body).root.value else { return body }
        return JSONWriter.bytes(vendor.withoutSecrets(root))
    }

    // MARK: Payloads

    private var folder: String {
        guard let output = options.output else { return root }
        let folder = (output as NSString).deletingLastPathComponent
        return folder.isEmpty ? "." : folder
    }

    /// As the test's file names it. A payload that is in no file of its own can only be put into one beside the test's.
    private func payloadPath(_ webhook: CapturedWebhook) -> String? {
        if webhook.isWholeFile { return RelativePath.text(from: folder, to: webhook.source) }
        guard let output = options.output else { return nil }
        return "\(madePrefix(output))\(webhook.line).json"
    }

    /// Of the payloads that are put beside a test's file.
    private func madePrefix(_ output: String) -> String {
        let stem = (output as NSString).lastPathComponent.split(separator: ".").first.map(String.init) ?? "captured"
        return "payloads/\(stem)-"
    }

    /// Also reads the payloads that are in no file yet.
    private func reader(_ turns: [CapturedTurn]) -> PayloadReader {
        var reader = PayloadIntake(settings: settings).reader
        let known = Dictionary(turns.compactMap { turn in turn.payloadPath.map { (folder + "/" + $0, turn.body) } }) { $1 }
        let contents = reader.contents
        reader.contents = { contents($0) ?? known[$0] }
        return reader
    }

    // MARK: Writing

    private func write(_ test: WrittenTest, _ turns: [CapturedTurn]) throws {
        guard let output = options.output else { return Output.printNow(test.text) }
        let before = FileManager.default.contents(atPath: output).map { [UInt8]($0) }
        let addition: TestFileAddition
        do throws(TestFileError) {
            addition = try TestFileAddition(of: test, to: before, path: output)
        } catch {
            throw Exit(.negative, "bellhop: \(error.message)")
        }
        let named = Set(test.payloadPaths)
        for turn in turns {
            guard let path = turn.payloadPath, named.contains(path), path.hasPrefix(madePrefix(output)) else { continue }
            try put(turn.body, into: folder + "/" + path)
        }
        try OutputFile.write(addition.text.utf8, to: output)
        Output.print("\(before == nil ? "wrote" : "added to") \(output): \(test.name), which passes")
    }

    /// A file that is there with the same bytes is left alone, another one is never written over.
    private func put(_ body: [UInt8], into path: String) throws {
        if let known = FileManager.default.contents(atPath: path) {
            if [UInt8](known) == body { return }
            throw Exit(.negative, "bellhop: there is another payload in \(path); name another --output")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(body).write(to: URL(fileURLWithPath: path))
        } catch {
            throw Exit(.environment, "bellhop: \(path) cannot be written: \((error as NSError).localizedDescription)")
        }
    }
}

/// `FILE[:LINE]`
struct CapturePlaceArgument: ExpressibleByArgument {
    var file: String
    /// From 1; nil for the last webhook of the file.
    var line: Int?

    init?(argument: String) {
        let parts = argument.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count > 1, let line = parts.last.flatMap({ Int($0) }), line > 0,
            !FileManager.default.fileExists(atPath: argument)
        {
            file = parts.dropLast().joined(separator: ":")
            self.line = line
        } else {
            file = argument
        }
        if file.isEmpty { return nil }
    }

    /// The webhooks of the file up to that line.
    func webhooks() throws -> [CapturedWebhook] {
        var webhooks: [CapturedWebhook] = []
        try CapturedInput.read([file]) { webhook in
            if line.map({ webhook.line <= $0 }) ?? true { webhooks.append(webhook) }
        }
        if let line, webhooks.last?.line != line {
            throw Exit(.negative, "bellhop: \(file) has no webhook on line \(line)")
        }
        return webhooks
    }
}

extension CapturedWebhook {
    /// True for a file that is nothing but the payload, which a test can name.
    var isWholeFile: Bool {
        guard source != "-", let body = try? body.get() else { return false }
        return FileManager.default.contents(atPath: source).map { [UInt8]($0) == body } ?? false
    }
}

/// A path as seen from a folder.
enum RelativePath {
    static func text(from folder: String, to file: String) -> String {
        let from = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let to = URL(fileURLWithPath: file).standardizedFileURL.resolvingSymlinksInPath().pathComponents
        let common = zip(from, to).prefix { $0 == $1 }.count
        return (Array(repeating: "..", count: from.count - common) + to.dropFirst(common)).joined(separator: "/")
    }
}
