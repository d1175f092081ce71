import ArgumentParser
import Model
import RuleFiles
import Rules
import Vendors

/// `reference`: the tables of the documentation, as the code knows them. `make docs` writes them, `make lint` checks them.
struct ReferenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reference", abstract: "Print a generated table of the documentation.", shouldDisplay: false)

    enum Table: String, ExpressibleByArgument, CaseIterable {
        case conditions, actions, diagnostics, kinds, capabilities, rocketchat, huggy, omnichat, channeltalk
    }

    @Argument(help: "Which table.")
    var table: Table

    func run() {
        switch table {
        case .conditions: Output.print(MarkdownTable.references(ConditionCatalog.references))
        case .actions: Output.print(MarkdownTable.references(ActionCatalog.references))
        case .diagnostics: Output.print(MarkdownTable.diagnostics())
        case .kinds: Output.print(MarkdownTable.eventKinds())
        case .capabilities:
            Output.print(CapabilityTable.markdown(VendorID.allCases.filter { $0 != .any }.map { VendorCatalog.profile($0) }))
        case .rocketchat, .huggy, .omnichat, .channeltalk:
            guard let vendor = VendorID(rawValue: table.rawValue) else { return }
            Output.print(CapabilityTable.markdown(VendorCatalog.profile(vendor)))
        }
    }
}
