import ArgumentParser
import Foundation
import RuleFiles
import Vendors

/// `manual`: writes the pages that `make install` installs. They are made from the program, so that they tell what it does.
struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual", abstract: "Write the manual pages into a folder.", shouldDisplay: false)

    @Argument(help: "The folder; it is made where it is missing.")
    var folder: String

    func run() throws {
        let program = try CommandOutline(of: Bellhop.self)
        var pages = [(name: "bellhop.1", text: CommandPage(path: ["bellhop"], command: program, version: Version.text).text)]
        for command in program.shown {
            let page = CommandPage(path: ["bellhop", command.commandName], command: command, version: Version.text)
            pages.append((page.name + ".1", page.text))
        }
        let schema = Schema.config(vendors: VendorCatalog.configurable)
        pages.append(("bellhop.yaml.5", ConfigurationPage(schema: schema, version: Version.text).text))
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for page in pages { try page.text.write(toFile: "\(folder)/\(page.name)", atomically: true, encoding: .utf8) }
        } catch {
            throw Exit(.environment, "bellhop: cannot write the manual into \(folder): \(error.localizedDescription)")
        }
    }
}
