import Foundation
import Model
import RuleFiles
package import Rules

/// What loading the configuration gave: settings, or the errors that stand against them.
package struct LoadedSettings: Sendable {
    /// Nil when there is an error anywhere.
    package let settings: Settings?
    /// Sorted by place.
    package let diagnostics: [Diagnostic]
    /// The lines of each file, for snippets; a secret that was written out is blotted out of them.
    package let sources: [String: [String]]

    package var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Settings that come from no file.
    static func unchanged(_ settings: Settings) -> LoadedSettings {
        LoadedSettings(settings: settings, diagnostics: [], sources: [:])
    }
}

extension Settings {
    /// Reads a configuration file. Secrets are not read. `environment` may hold `BELLHOP_LISTEN`, `BELLHOP_ADMIN`,
    /// `BELLHOP_STORE`, `BELLHOP_RULES` and `BELLHOP_CONTROL`, which go before the file.
    ///
    /// Relative paths in the file are below the file's folder, those of the environment below the working directory.
    package static func load(path: String, environment: [String: String] = [:]) -> LoadedSettings {
        guard let data = FileManager.default.contents(atPath: path) else {
            let finding = Diagnostic(
                .error, .unreadableFile, "the configuration cannot be read",
                at: SourcePosition(file: path, line: 1, column: 1), help: "check the path and the file's permissions")
            return LoadedSettings(settings: nil, diagnostics: [finding], sources: [:])
        }
        return load([UInt8](data), file: path, environment: environment)
    }

    /// The same with the file's bytes.
    /// - Parameter file: the path as it is shown to people; its folder is what relative paths are below.
    package static func load(_ bytes: [UInt8], file: String, environment: [String: String] = [:]) -> LoadedSettings {
        let document = YAMLDocument(bytes, file: file)
        var sources = [file: document.lines]
        guard !document.diagnostics.contains(where: { $0.severity == .error }) else {
            return LoadedSettings(settings: nil, diagnostics: document.diagnostics, sources: sources)
        }
        let scope = DecodingScope()
        var decoder = SettingsDecoder(scope, folder: folder(of: file))
        var settings = decoder.settings(document.root, file: file)
        settings.override(by: environment, in: scope, sources: &sources)
        for literal in decoder.literals { literal.blot(&sources) }
        let diagnostics = (document.diagnostics + scope.diagnostics)
            .sorted { ($0.at, $0.code.rawValue, $0.message) < ($1.at, $1.code.rawValue, $1.message) }
        return LoadedSettings(settings: scope.hasErrors ? nil : settings, diagnostics: diagnostics, sources: sources)
    }

    /// Without a configuration file: what holds by default, with the environment's words.
    package static func standard(environment: [String: String]) -> LoadedSettings {
        let scope = DecodingScope()
        var settings = Settings()
        var sources: [String: [String]] = [:]
        settings.override(by: environment, in: scope, sources: &sources)
        return LoadedSettings(
            settings: scope.hasErrors ? nil : settings, diagnostics: scope.diagnostics, sources: sources)
    }

    private static func folder(of file: String) -> String {
        guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(file[...slash])
    }

    /// A variable that is set and empty counts as not set.
    private mutating func override(
        by environment: [String: String], in scope: DecodingScope, sources: inout [String: [String]]
    ) {
        let decoder = SettingsDecoder(scope, folder: "")
        func node(_ name: String) -> RuleNode? {
            guard let text = environment[name], !text.isEmpty else { return nil }
            // Found faults are shown in the variable, as if it were a file of one line.
            sources[name] = [text]
            return RuleNode(
                .scalar(RuleNode.Scalar(text: text, style: .plain)), at: SourcePosition(file: name, line: 1, column: 1))
        }
        if let address = node("BELLHOP_LISTEN").flatMap(decoder.address) { listen = address }
        if let node = node("BELLHOP_ADMIN"), let address = decoder.address(node) {
            admin = address
            decoder.checkAdmin(self, at: node)
        }
        if let location = node("BELLHOP_STORE").flatMap(decoder.storeLocation) { store = location }
        if let path = node("BELLHOP_RULES").flatMap(decoder.path) { rules = path }
        if let path = node("BELLHOP_CONTROL").flatMap(decoder.path) { control = path }
    }
}

/// A secret that somebody wrote into the file: it must not be repeated in messages.
struct WrittenSecret {
    var at: SourcePosition

    func blot(_ sources: inout [String: [String]]) {
        guard let line = sources[at.file]?.indices.contains(at.line - 1) == true ? sources[at.file]?[at.line - 1] : nil
        else { return }
        // From its first character on, so that one written with escapes or over several lines does not show either.
        let shown = String(line.unicodeScalars.prefix(at.column - 1))
        let hidden = line.unicodeScalars.count - (at.column - 1)
        sources[at.file]?[at.line - 1] = shown + String(repeating: "*", count: max(1, hidden))
    }
}
