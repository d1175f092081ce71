/// The page of a command: bellhop(1) for the program, bellhop-check(1) for one of its commands.
struct CommandPage {
    /// From the program on.
    let path: [String]
    let command: CommandOutline
    let version: String

    var name: String { path.joined(separator: "-") }

    var text: String {
        var page = Roff(title: name, section: 1, version: version)
        page.section("NAME")
        page.plain("\(name) - \(Self.phrase(command.abstract))")
        page.section("SYNOPSIS")
        for line in synopsis(path, command) { page.item(line, "") }
        describe(command, on: &page)
        if !command.shown.isEmpty {
            page.section("COMMANDS")
            for inner in command.shown { list(inner, on: &page) }
        }
        page.section("SEE ALSO")
        page.plain(seeAlso)
        return page.text
    }

    /// Of the program a line, of a command all there is to say: its own commands have no page.
    private func list(_ inner: CommandOutline, on page: inout Roff) {
        guard path.count > 1 else { return page.item("bellhop-\(inner.commandName)(1)", inner.abstract ?? "") }
        page.subsection(synopsis(path + [inner.commandName], inner).joined(separator: " "))
        page.plain(inner.abstract ?? "")
        discuss(inner.discussion, on: &page)
        options(inner, on: &page)
    }

    private func describe(_ command: CommandOutline, on page: inout Roff) {
        page.section("DESCRIPTION")
        page.plain(command.abstract ?? "")
        discuss(command.discussion, on: &page)
        if !command.shownArguments.isEmpty {
            page.section("OPTIONS")
            options(command, on: &page)
        }
    }

    private func options(_ command: CommandOutline, on page: inout Roff) {
        for argument in command.shownArguments {
            var words = argument.abstract ?? ""
            if let preset = argument.defaultValue, !preset.isEmpty, argument.kind == .option { words += " Default: \(preset)." }
            page.item(Self.term(argument), words)
        }
    }

    private func synopsis(_ path: [String], _ command: CommandOutline) -> [String] {
        var words = path
        if !command.shown.isEmpty { words.append("COMMAND") }
        if command.shownArguments.contains(where: { $0.kind != .positional }) { words.append("[OPTION...]") }
        for argument in command.shownArguments where argument.kind == .positional {
            let name = (argument.valueName ?? "argument").uppercased() + (argument.isRepeating ? "..." : "")
            words.append(argument.isOptional ? "[\(name)]" : name)
        }
        return [words.joined(separator: " ")]
    }

    private static func term(_ argument: CommandOutline.Argument) -> String {
        let value = (argument.valueName ?? "value").uppercased()
        switch argument.kind {
        case .positional: return value + (argument.isRepeating ? "..." : "")
        case .flag: return names(argument)
        case .option: return "\(names(argument)) \(value)"
        }
    }

    private static func names(_ argument: CommandOutline.Argument) -> String {
        (argument.names ?? []).map(\.text).joined(separator: ", ")
    }

    /// Headings in capitals, indented lines as examples, the rest as paragraphs: as `--help` has them.
    private func discuss(_ discussion: String?, on page: inout Roff) {
        var words: [String] = []
        var lines: [String] = []
        func finish() {
            if !words.isEmpty { page.paragraph(words.joined(separator: " ")) }
            if !lines.isEmpty { page.example(lines) }
            (words, lines) = ([], [])
        }
        for line in (discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("  ") {
                if !words.isEmpty { finish() }
                lines.append(String(line.dropFirst(2)))
            } else if line.isEmpty {
                finish()
            } else {
                if !lines.isEmpty { finish() }
                words.append(line)
            }
        }
        finish()
    }

    private var seeAlso: String {
        let pages = path.count > 1 ? ["bellhop(1)"] : []
        return (pages + ["bellhop.yaml(5)"]).joined(separator: ", ")
    }

    /// As the first line of a page wants it: a phrase without capital and full stop.
    private static func phrase(_ sentence: String?) -> String {
        var phrase = sentence ?? ""
        if phrase.hasSuffix(".") { phrase.removeLast() }
        return phrase.prefix(1).lowercased() + phrase.dropFirst()
    }
}
