import ArgumentParser
import Foundation

/// `init`: a starter configuration with rules, tests that pass, and a payload to try them on.
struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write a starter configuration, rules, tests and a payload.",
        discussion: """
            EXAMPLES
              bellhop init
              bellhop init shop

            Nothing is ever overwritten: when one of the files is there already, none is written.
            """)

    @Argument(help: ArgumentHelp("Where to write (default: the working directory).", valueName: "dir"))
    var folder = "."

    @OptionGroup var common: CommonOptions

    func run() throws {
        let files = InitTemplates.files.map { (path: path($0.path), text: $0.text) }
        if let present = files.first(where: { isPresent($0.path) }) {
            throw Exit(.negative, "bellhop: \(present.path) is there already; nothing was written")
        }
        for file in files { try write(file.text, to: file.path) }
        guard !common.quiet else { return }
        for file in files { Output.print("wrote \(file.path)") }
        Output.print("")
        Output.print("Next:")
        for command in nextCommands { Output.print("  \(command)") }
    }

    /// Below the folder, as it is shown to people.
    private func path(_ relative: String) -> String {
        if folder == "." || folder.isEmpty { return relative }
        return folder.hasSuffix("/") ? folder + relative : "\(folder)/\(relative)"
    }

    /// True also for a symbolic link that leads nowhere.
    private func isPresent(_ path: String) -> Bool {
        (try? FileManager.default.attributesOfItem(atPath: path)) != nil
    }

    private func write(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: path)
        do {
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file, options: .withoutOverwriting)
        } catch {
            throw Exit(.environment, "bellhop: cannot write \(path): \(error.localizedDescription)")
        }
    }

    private var nextCommands: [String] {
        let config = path(InitTemplates.configurationPath)
        let option = config == InitTemplates.configurationPath ? "" : " --config \(quoted(config))"
        return [
            "bellhop check\(option)", "bellhop test\(option)",
            "bellhop dry-run\(option) \(quoted(path(InitTemplates.payloadPath)))",
        ]
    }

    /// As one word for a shell.
    private func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+,:@".utf8.contains(byte)
            }
        }
        if isPlain { return text }
        return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}
