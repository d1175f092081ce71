import ArgumentParser
import JSON
import Model
import RuleFiles
import Vendors

/// `schema`: JSON Schemas by which editors complete and check.
struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Print a JSON Schema for editors.",
        discussion: """
            EXAMPLES
              bellhop schema rules > rules.schema.json
              bellhop schema tests > tests.schema.json
              bellhop schema config > config.schema.json

            An editor with yaml-language-server takes it from a comment in the first line of a file:
              # yaml-language-server: $schema=../rules.schema.json
            """)

    enum Subject: String, ExpressibleByArgument, CaseIterable {
        case rules, tests, config
    }

    @Argument(help: "rules, tests or config.")
    var subject: Subject

    @OptionGroup var common: CommonOptions

    func run() {
        Output.print(JSONWriter.string(schema, pretty: true))
    }

    private var schema: Value {
        switch subject {
        case .rules: Schema.rules(vendors: VendorCatalog.configurable)
        case .tests: Schema.tests(vendors: VendorCatalog.configurable)
        case .config: Schema.config(vendors: VendorCatalog.configurable)
        }
    }
}
