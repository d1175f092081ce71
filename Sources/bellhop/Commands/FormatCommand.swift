import ArgumentParser
import Foundation
import RuleFiles
import Rules

/// `fmt`: lays rule and test files out in the one way.
struct FormatCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fmt",
        abstract: "Format rule and test files.",
        discussion: """
            EXAMPLES
              bellhop fmt
              bellhop fmt rules/20-shop.yaml
              bellhop fmt --check                  in continuous integration: exit 1 and the names of files that differ
              bellhop fmt --diff rules
              bellhop fmt - < rules/a.yaml         to standard output, for editors

            Two blanks for each level, lists below their key, one blank behind `-`, `:` and `,`, blanks inside `{ }`, one empty line
            between rules, flows and tests. Comments, order, quotes and line breaks stay. What a file means never changes: that is
            looked at each time, before the file is written. A file that is no YAML is left alone.
            """)

    @Argument(help: ArgumentHelp("Files and folders, or - (default: the rules folder).", valueName: "path"))
    var paths: [String] = []

    @Flag(name: .long, help: "Write nothing; name the files that differ, and end with 1 if there are any.")
    var check = false

    @Flag(name: .long, help: "Write nothing; show what would change, and end with 1 if anything would.")
    var diff = false

    @OptionGroup var common: CommonOptions

    private struct Tally {
        var different: [String] = []
        var unreadable = 0
        var defects = 0
        var seen = 0
    }

    func run() throws {
        var tally = Tally()
        let paths = paths.isEmpty ? [common.rulesRoot(try common.settings())] : paths
        for path in paths {
            if path == "-" {
                try formatInput(&tally)
            } else {
                for file in try files(at: path) { try format(file, &tally) }
            }
        }
        if tally.defects > 0 {
            throw Exit(.defect, "bellhop: \(counted(tally.defects)) left alone: this is a defect of Bellhop, please report it")
        }
        if tally.unreadable > 0 { throw Exit(.negative, "bellhop: \(counted(tally.unreadable)) cannot be read and left alone") }
        if (check || diff), !tally.different.isEmpty {
            let help =
                check && !common.quiet ? "bellhop: \(counted(tally.different.count)) not formatted: run `bellhop fmt`" : nil
            throw Exit(.negative, help)
        }
        if !common.quiet, !check, !diff, tally.seen > 0 {
            Output.complain("bellhop: \(counted(tally.seen)), \(tally.different.count) changed")
        }
    }

    private func counted(_ files: Int) -> String { "\(files) \(files == 1 ? "file" : "files")" }

    private func files(at path: String) throws -> [RuleFolder.File] {
        let folder = RuleFolder(path)
        let errors = folder.diagnostics.filter { $0.severity == .error }
        guard errors.isEmpty else {
            Output.complain(DiagnosticPrinter(sources: [:], isColored: common.isColored).text(errors))
            throw Exit(.negative, "bellhop: \(path) cannot be read")
        }
        return (folder.rules + folder.tests).sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func formatInput(_ tally: inout Tally) throws {
        guard let bytes = ByteStream.standardInput.bytes() else {
            throw Exit(.negative, "bellhop: standard input cannot be read")
        }
        let file = RuleFolder.File(path: "-", relativePath: "-", bytes: bytes)
        guard let formatted = formatted(file, &tally) else { return }
        if !check, !diff { return Output.printNow(String(decoding: formatted, as: UTF8.self)) }
        if formatted != bytes { note(file, formatted, &tally) }
    }

    private func format(_ file: RuleFolder.File, _ tally: inout Tally) throws {
        tally.seen += 1
        guard let formatted = formatted(file, &tally), formatted != file.bytes else { return }
        note(file, formatted, &tally)
        if check || diff { return }
        try OutputFile.write(formatted, to: file.path)
        if !common.quiet { Output.print(file.path) }
    }

    /// Nil for a file that is left alone.
    private func formatted(_ file: RuleFolder.File, _ tally: inout Tally) -> [UInt8]? {
        do throws(RuleFormatError) {
            return try RuleFormat.formatted(file.bytes, file: file.path)
        } catch {
            switch error {
            case .unreadable(let diagnostics, let lines):
                tally.unreadable += 1
                Output.complain(DiagnosticPrinter(sources: [file.path: lines], isColored: common.isColored).text(diagnostics))
            case .changed(let why):
                tally.defects += 1
                Output.complain("bellhop: \(file.path) was not formatted: \(why)")
            }
        }
        return nil
    }

    private func note(_ file: RuleFolder.File, _ formatted: [UInt8], _ tally: inout Tally) {
        tally.different.append(file.path)
        if check, !diff { Output.print(file.path) }
        guard diff else { return }
        let (old, new) = (String(decoding: file.bytes, as: UTF8.self), String(decoding: formatted, as: UTF8.self))
        Output.printNow(UnifiedDiff.text(from: old, to: new, path: file.path))
    }
}
