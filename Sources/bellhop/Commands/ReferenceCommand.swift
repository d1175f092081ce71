import ArgumentParser
import Model
import RuleFiles
import Rules
import Vendors

/// `reference`: the tables of the documentation, as the code knows them. `make docs` writes them, `make lint` checks them.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print a generated table of the documentation.", shouldDisplay: false)

    @Argument(help: "Which table: conditions, actions, diagnostics, lint, kinds, capabilities, or a vendor.")
    var table: String

    func run() throws {
        switch table {
        case "conditions": Output.print(MarkdownTable.references(ConditionCatalog.references))
        case "actions": Output.print(MarkdownTable.references(ActionCatalog.references))
        case "diagnostics": Output.print(MarkdownTable.diagnostics())
        case "lint": Output.print(LintGuide.markdown())
        case "kinds": Output.print(MarkdownTable.eventKinds())
        case "capabilities": Output.print(CapabilityTable.markdown(VendorCatalog.configurable))
        default:
            guard let vendor = VendorCatalog.id(table) else { throw Exit(.usage, "bellhop: there is no table '\(table)'") }
            Output.print(CapabilityTable.markdown(VendorCatalog.profile(vendor)))
        }
    }
}
