import Foundation
import Model
import Rules
import Testing
import Vendors

@testable import RuleFiles

/// The schemas for editors say of files what loading them says, as far as a schema can.
struct SchemaTests {
    @Test(arguments: ["good", "failing", "warned"])
    func filesThatLoadAreAccepted(kind: String) {
        let files = EditorFile.all(in: kind)
        #expect(files.count > 5)
        for file in files {
            let problems = file.problems
            #expect(problems.isEmpty, "\(file.path): \(problems.prefix(3))")
        }
    }

    /// Unknown and missing keys.
    private static let visible: Set<String> = ["R004", "R005"]
    /// Folders whose finding is of the whole: an editor sees nothing wrong in any place.
    private static let invisible: Set<String> = ["only-case", "test-nothing-expected", "test-steps-expect-nothing"]

    @Test func unknownAndMissingKeysAreUnderlined() throws {
        var missed: [String] = []
        var underlined = 0
        for folder in Fixtures.folders("bad") {
            let codes = Set(try folder.expectations().map { $0.text.suffix(4) })
            guard codes.count == 1, let code = codes.first, Self.visible.contains(String(code)) else { continue }
            let files = EditorFile.all(below: folder.path)
            if files.contains(where: { !$0.problems.isEmpty }) {
                underlined += 1
            } else if !files.isEmpty {
                missed.append((folder.path as NSString).lastPathComponent)
            }
        }
        #expect(underlined > 50)
        #expect(Set(missed) == Self.invisible)
    }

    /// Hovering a key shows what it is for.
    @Test(arguments: ["rules", "tests", "config"])
    func everyKeyHasADescription(kind: String) {
        let vendors = VendorCatalog.configurable
        let schema =
            switch kind {
            case "rules": Schema.rules(vendors: vendors)
            case "tests": Schema.tests(vendors: vendors)
            default: Schema.config(vendors: vendors)
            }
        #expect(schema["$id"] == .string("urn:bellhop:schema:\(kind)"))
        #expect(Self.undescribed(schema, at: "") == [])
    }

    private static func undescribed(_ schema: Value, at path: String) -> [String] {
        if let elements = schema.array { return elements.flatMap { undescribed($0, at: path) } }
        let properties = schema["properties"]?.object?.entries ?? []
        let own = properties.filter { $0.value["description"] == nil }.map { "\(path)/\($0.key)" }
        // What stands behind `if` and `then` only picks out what is described elsewhere.
        let inner = (schema.object?.entries ?? []).filter { $0.key != "if" && $0.key != "then" }
        return own + inner.flatMap { undescribed($0.value, at: "\(path)/\($0.key)") }
    }

    @Test func theSampleConfigurationIsAccepted() throws {
        let text = """
            listen: 127.0.0.1:8080
            accounts:
              main: { vendor: huggy, delivery: print, webhook: { secret: { env: TOKEN } }, names: { departments: { billing: 11445 } } }
            http_actions: { allow: [erp.example.org], allow_networks: [10.0.0.0/8] }
            limits: { inbox: 1000 }
            """
        let document = YAMLDocument(Array(text.utf8), file: "bellhop.yaml")
        let root = try #require(document.root)
        #expect(SchemaValidator(Schema.config(vendors: VendorCatalog.configurable)).problems(in: EditorFile.value(root)) == [])
    }
}

/// A fixture as an editor with yaml-language-server reads it: plain scalars by YAML's core schema.
private struct EditorFile {
    var path: String
    private var value: Value

    var problems: [String] {
        SchemaValidator(RuleFolder.isTest(path) ? Self.tests : Self.rules).problems(in: value)
    }

    private static let rules = Schema.rules(vendors: VendorCatalog.configurable)
    private static let tests = Schema.tests(vendors: VendorCatalog.configurable)

    static func all(in kind: String) -> [EditorFile] { Fixtures.folders(kind).flatMap { all(below: $0.path) } }

    /// Those that can be read at all.
    static func all(below root: String) -> [EditorFile] {
        let folder = RuleFolder(root)
        return (folder.rules + folder.tests).compactMap { file in
            let document = YAMLDocument(file.bytes, file: file.path)
            guard let root = document.root, !document.diagnostics.contains(where: { $0.severity == .error }) else { return nil }
            return EditorFile(path: file.path, value: value(root))
        }
    }

    static func value(_ node: RuleNode) -> Value {
        switch node.content {
        case .sequence(let nodes): return .array(nodes.map { value($0) })
        case .mapping(let entries): return .object(Value.Object(entries.map { ($0.key, value($0.value)) }))
        case .scalar(let scalar):
            guard scalar.style == .plain else { return .string(scalar.text) }
            switch scalar.text {
            case "", "null", "~", "Null", "NULL": return .null
            case "true", "True", "TRUE": return true
            case "false", "False", "FALSE": return false
            default: return number(scalar.text) ?? .string(scalar.text)
            }
        }
    }

    private static func number(_ text: String) -> Value? {
        if text.wholeMatch(of: /[-+]?[0-9]+/) != nil, let number = Int64(text) { return .integer(number) }
        guard text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil else { return nil }
        return Double(text).flatMap { $0.isFinite ? .number($0) : nil }
    }
}
