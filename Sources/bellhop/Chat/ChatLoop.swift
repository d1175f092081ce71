import Foundation

/// Reads lines and shows what comes of them: with a prompt in a terminal, as a transcript otherwise.
struct ChatLoop {
    private static let prompt = "> "

    let isColored: Bool
    /// At a terminal, where a person sees at once what was wrong.
    let isInteractive: Bool
    var session: ChatSession

    /// What a transcript's wrong lines were, in the order of first happening.
    struct Report {
        var failed = 0
        var status: ExitStatus = .done
    }

    /// To the end of the input, or `/quit`.
    mutating func run() -> Report {
        var report = Report()
        var number = 0
        while let line = nextLine() {
            number += 1
            if !isInteractive { Output.print(ChatOutput.visible(Self.prompt + line)) }
            guard !line.allSatisfy(\.isWhitespace) else { continue }
            do throws(ChatError) {
                let typed = try ChatLine(line)
                if case .quit = typed { return report }
                for output in try session.carryOut(typed) { Output.print(output.shown(isColored: isColored)) }
            } catch {
                Output.complain(ChatOutput.visible(isInteractive ? "  \(error.message)" : "-:\(number): \(error.message)"))
                report.failed += 1
                // A wrong line outweighs a no: what comes after it may not be what was meant.
                if report.status != .usage { report.status = error.status }
            }
            Output.flush()
        }
        if isInteractive { Output.print("") }
        return report
    }

    private func nextLine() -> String? {
        if isInteractive { Output.printNow(Self.prompt) }
        return readLine(strippingNewline: true)
    }
}
