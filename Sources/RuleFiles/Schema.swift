package import Model

/// JSON Schemas (draft-07) of the files that people write: an editor completes, explains and checks by them while typing.
///
/// They accept everything that the loader accepts. The loader says more: a schema knows no names, templates or regular
/// expressions. So an editor helps, and `bellhop check` decides.
package enum Schema {
    /// Of rules files.
    /// - Parameter vendors: every one that can be configured, as in the two below.
    package static func rules(vendors: [VendorProfile]) -> Value {
        document(
            "Rules of Bellhop", id: "rules",
            SchemaPart.mapping(
                [
                    ("version", version),
                    ("lists", SchemaPart.orBlank(lists)),
                    ("schedules", SchemaPart.orBlank(schedules)),
                    ("rules", SchemaPart.orBlank(SchemaPart.list(of: SchemaPart.ref("rule"), "What to do when"))),
                    ("flows", SchemaPart.orBlank(SchemaPart.list(of: SchemaPart.ref("flow"), "Dialogues of several steps"))),
                ], required: ["version"]),
            definitions: SchemaPart.definitions + SchemaConditions.definitions + SchemaActions.definitions
                + SchemaRules.definitions + SchemaFlows.definitions
                + [("vendorWord", SchemaPart.foldedChoice(of: words(vendors)))])
    }

    /// Of the tests beside them.
    package static func tests(vendors: [VendorProfile]) -> Value {
        document(
            "Tests of Bellhop's rules", id: "tests",
            SchemaPart.mapping(
                [
                    ("version", version),
                    ("tests", SchemaPart.list(of: SchemaPart.ref("test"), "What happens, and what is expected")),
                ],
                required: ["version", "tests"]),
            definitions: SchemaPart.definitions + SchemaTestFile.definitions
                + [("vendor", SchemaPart.choice(of: words(vendors)))])
    }

    /// Of `bellhop.yaml`.
    package static func config(vendors: [VendorProfile]) -> Value {
        document(
            "Configuration of Bellhop", id: "config", SchemaPart.orBlank(SchemaConfig.root),
            definitions: SchemaPart.definitions + SchemaConfig.definitions(vendors))
    }

    /// The vendor of tests too.
    private static func words(_ vendors: [VendorProfile]) -> [String] { vendors.map(\.id.rawValue) + [VendorID.any.rawValue] }

    private static let version = SchemaPart.described(SchemaPart.choice(ofValues: [1, "1"]), "The version of the language")

    private static let lists = SchemaPart.map(
        of: SchemaPart.list(of: SchemaPart.ref("text")), "Words under a name, used as `$name`")

    private static let schedules = SchemaPart.map(
        of: SchemaPart.ref("schedule"), "Opening hours under a name, used by `inside` and `outside`")

    private static func document(_ title: String, id: String, _ root: Value, definitions: [(String, Value)]) -> Value {
        var schema: Value.Object = [
            "$schema": "http://json-schema.org/draft-07/schema#", "$id": .string("urn:bellhop:schema:\(id)"),
            "title": .string(title),
        ]
        for entry in root.object?.entries ?? [] { schema[entry.key] = entry.value }
        schema["definitions"] = .object(Value.Object(definitions))
        return SchemaWords.completed(.object(schema))
    }
}
