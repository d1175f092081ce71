import ArgumentParser
import Foundation

/// `bellhop`: reads the command line and maps every outcome to the exit codes of the contract.
@main
struct Bellhop: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bellhop",
        abstract: "A rule-based chatbot and automation daemon.",
        discussion: """
            Chat vendors report customers' messages by webhook; rules in YAML files decide; Bellhop acts through the vendors' APIs.

            EXAMPLES
              bellhop init                    write a starter with rules and tests
              bellhop check                   load and check the rules
              bellhop test                    run the rules' own tests
              bellhop dry-run payload.json    what would happen; nothing is sent
              bellhop explain payload.json    why each rule did or did not hold
              bellhop impact HEAD:rules rules captures/
                                              what a change of rules would change
              bellhop unmatched captures/     what customers write that nobody answers
              bellhop coverage captures/      which rules run, and which never do
              bellhop chat                    type as the customer, and see what the rules would do
              bellhop list                    the rules in the order in which they are tried
              bellhop fmt                     format rules and tests
              bellhop serve                   the daemon, in the foreground
              bellhop status                  how the running daemon is doing
              bellhop tail                    its decisions, as they are made
              bellhop doctor                  whether configuration, store and machine are as they should be

            EXIT CODES
              0   done
              1   the answer is no: errors, failed tests, unreadable inputs
              2   usage
              3   unusable configuration or rules
              4   store, port, vendor or daemon not reachable
              70  a defect of Bellhop
            """,
        version: Version.text,
        subcommands: [
            CheckCommand.self, TestCommand.self, DryRunCommand.self, ExplainCommand.self, ImpactCommand.self,
            UnmatchedCommand.self, CoverageCommand.self, ChatCommand.self, ListCommand.self, GraphCommand.self,
            FormatCommand.self, ObserveCommand.self, ServeCommand.self,
            ReloadCommand.self, StatusCommand.self, TailCommand.self, DoctorCommand.self, CapturesCommand.self,
            DeadLettersCommand.self, BlameCommand.self, InitCommand.self, SchemaCommand.self, ReferenceCommand.self,
            ManualCommand.self,
        ])

    static func main() async {
        // A reader that goes away (`| head`) ends the program quietly instead of by a signal.
        signal(SIGPIPE, SIG_IGN)
        Output.openStandardDescriptors()
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let error as Exit {
            if let message = error.message { Output.complain(message) }
            Output.flush()
            Foundation.exit(error.status.rawValue)
        } catch {
            end(with: error)
        }
        Output.flush()
    }

    /// Help, version and completion scripts are results; a wrong command line is exit 2.
    private static func end(with error: any Error) -> Never {
        let isAsked = exitCode(for: error) == .success
        if isAsked {
            Output.print(fullMessage(for: error))
            Output.flush()
            Foundation.exit(0)
        }
        let isUsage = exitCode(for: error) == .validationFailure
        Output.complain(fullMessage(for: error))
        Foundation.exit(isUsage ? ExitStatus.usage.rawValue : ExitStatus.defect.rawValue)
    }
}
