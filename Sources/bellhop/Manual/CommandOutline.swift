import ArgumentParser
import Foundation

/// A command with its options, as the argument parser describes itself in JSON.
struct CommandOutline: Decodable {
    var commandName: String
    var abstract: String?
    /// What `--help` says below the abstract: examples first.
    var discussion: String?
    var shouldDisplay: Bool
    var arguments: [Argument]?
    var subcommands: [CommandOutline]?

    struct Argument: Decodable {
        enum Kind: String, Decodable { case positional, option, flag }

        var kind: Kind
        var abstract: String?
        var discussion: String?
        var names: [Name]?
        var valueName: String?
        var defaultValue: String?
        var isOptional: Bool
        var isRepeating: Bool
        var shouldDisplay: Bool
    }

    struct Name: Decodable {
        enum Kind: String, Decodable { case long, short, longWithSingleDash }

        var kind: Kind
        var name: String

        /// `--rules`, `-h`
        var text: String { kind == .long ? "--\(name)" : "-\(name)" }
    }

    private struct Tool: Decodable { var command: CommandOutline }

    /// That of a program's root command.
    init(of root: any ParsableCommand.Type) throws {
        self = try JSONDecoder().decode(Tool.self, from: Data(root._dumpHelp().utf8)).command
    }

    /// Those that people are to see. `help` is the parser's own.
    var shown: [CommandOutline] { (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" } }

    var shownArguments: [Argument] { (arguments ?? []).filter(\.shouldDisplay) }
}
