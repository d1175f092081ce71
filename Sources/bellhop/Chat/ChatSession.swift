import Foundation
import Model
import RuleFiles
import Rules

/// A chat on its way: carries out what is typed, and says what is to be shown.
struct ChatSession {
    private let engine: Engine
    private let text: ChatText
    /// Where the rules are.
    private let root: String
    private var simulation: Simulation
    private var recording: TestRecording
    /// What was done last, and how things were before.
    private var last: (step: Simulation.Step, before: Simulation)?

    init(engine: Engine, root: String, startsAt: Instant, defaults: EventDraft, showsRequests: Bool) {
        self.engine = engine
        self.root = root
        text = ChatText(engine: engine, showsRequests: showsRequests)
        simulation = Simulation(engine: engine, startsAt: startsAt, defaults: defaults)
        recording = TestRecording(startsAt: startsAt)
    }

    /// `/quit` shows nothing; ending is up to who reads the lines.
    mutating func carryOut(_ line: ChatLine) throws(ChatError) -> [ChatOutput] {
        switch line {
        case .step(let step): return try carryOut(step)
        case .newConversation:
            simulation.beginConversation()
            return [.note("  conversation \(simulation.conversation.conversation)")]
        case .state: return text.stateLines(simulation)
        case .why(let rule): return try why(rule)
        case .save(let path, let overwriting): return [.note("  " + (try save(path, overwriting: overwriting)))]
        case .help: return ChatText.helpLines
        case .quit: return []
        }
    }

    private mutating func carryOut(_ step: Simulation.Step) throws(ChatError) -> [ChatOutput] {
        let before = simulation
        guard let outcome = simulation.carryOut(step) else {
            throw ChatError(.usage, "no call waits for an answer")
        }
        last = (step, before)
        recording.add(outcome)
        return shown(outcome)
    }

    private func shown(_ outcome: Simulation.Outcome) -> [ChatOutput] {
        var isWait = false
        if case .wait = outcome.step { isWait = true }
        var lines = outcome.occurrences.flatMap { text.lines($0, isTimed: isWait) }
        if isWait {
            if outcome.occurrences.count == Session.timerLimit {
                lines.append(.note("  more than \(Session.timerLimit) timers came up: the rules go round in a ring"))
            }
            lines.append(.note("  it is \(simulation.now.iso8601)"))
        } else if outcome.occurrences.isEmpty {
            lines.append(.note("  seen before: nothing happens"))
        }
        if let call = simulation.pendingCalls.first { lines += text.waitingLines(call) }
        return lines
    }

    /// Decides the last step once more, with every rule explained.
    private func why(_ rule: String?) throws(ChatError) -> [ChatOutput] {
        let rules = engine.rules.rules.map(\.id)
        if let rule, !rules.contains(rule) {
            throw ChatError(
                .usage, "there is no rule '\(rule)'" + (nearest(to: rule, among: rules).map { "; did you mean '\($0)'?" } ?? ""))
        }
        guard let last else { throw ChatError(.usage, "nothing has happened yet") }
        var again = last.before
        guard let outcome = again.carryOut(last.step, explaining: true) else { return [] }
        return text.whyLines(outcome, now: simulation.now, rule: rule)
    }

    // MARK: Saving

    private func save(_ path: String, overwriting: Bool) throws(ChatError) -> String {
        guard recording.count > 0 else { throw ChatError(.usage, "nothing has happened yet") }
        let url = URL(fileURLWithPath: path)
        if !RuleFolder.isTest(path), isAmongRules(url) {
            throw ChatError(.usage, "\(path) would be read as rules; end its name with .test.yaml")
        }
        if !overwriting, FileManager.default.fileExists(atPath: path) {
            throw ChatError(.negative, "there is a file \(path); write over it with /save! \(path)")
        }
        let name = testName(url)
        if let problem = recording.problem(name: name, engine: engine) {
            throw ChatError(.negative, "not saved, since the test would not pass: \(problem)")
        }
        do {
            try Data(recording.text(name: name).utf8).write(to: url, options: overwriting ? .atomic : .withoutOverwriting)
        } catch {
            throw ChatError(.negative, "\(path) cannot be written: \((error as NSError).localizedDescription)")
        }
        let steps = recording.count == 1 ? "1 step" : "\(recording.count) steps"
        let hint = RuleFolder.isTest(path) ? "" : "; `bellhop test` reads only names that end in .test.yaml"
        return "saved \(path): a test of \(steps), which passes\(hint)"
    }

    /// The file's name without its endings.
    private func testName(_ url: URL) -> String {
        let name = url.lastPathComponent.prefix { $0 != "." }
        return name.isEmpty ? "chat" : String(name)
    }

    private func isAmongRules(_ url: URL) -> Bool {
        guard ["yaml", "yml"].contains(url.pathExtension) else { return false }
        let folder = url.deletingLastPathComponent().resolvingSymlinksInPath().path
        let rules = URL(fileURLWithPath: root).resolvingSymlinksInPath().path
        return folder == rules || folder.hasPrefix(rules + "/")
    }
}
