import ArgumentParser
import Foundation
import RuleFiles
import Rules

/// `graph`: a flow as a picture, or as the text that programs draw one from.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw a flow.",
        discussion: """
            EXAMPLES
              bellhop graph order-status > order-status.dot
              bellhop graph order-status --format mermaid
              bellhop graph order-status --format svg > order-status.svg

            Mermaid is what code hosts show in Markdown. SVG needs Graphviz.
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case dot, mermaid, svg
    }

    @Argument(help: "The flow's id.")
    var flow: String

    @Option(name: .long, help: "dot, mermaid or svg.")
    var format: Format = .dot

    @OptionGroup var common: CommonOptions

    func run() throws {
        let (_, _, folder) = try common.usableRules(at: common.rulesRoot(common.settings()))
        guard let graph = FlowGraph(flow, in: folder) else {
            let flows = FlowGraph.flows(in: folder)
            let help =
                nearest(to: flow, among: flows).map { "; did you mean '\($0)'?" }
                ?? (flows.isEmpty ? "" : "; there are \(flows.joined(separator: ", "))")
            throw Exit(.usage, "bellhop: there is no flow '\(flow)'\(help)")
        }
        switch format {
        case .dot: Output.printNow(graph.dot)
        case .mermaid: Output.printNow(graph.mermaid)
        case .svg: Output.printNow(try Graphviz.svg(of: graph.dot))
        }
    }
}

/// The program that draws graphs, where it is installed.
private enum Graphviz {
    static func svg(of graph: String) throws -> String {
        guard let program = path else {
            throw Exit(
                .environment,
                "bellhop: Graphviz's `dot` is not installed: install the package graphviz, or use --format dot or mermaid")
        }
        let input = FileManager.default.temporaryDirectory.appendingPathComponent("bellhop-graph-\(UUID().uuidString).dot")
        defer { try? FileManager.default.removeItem(at: input) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["-Tsvg", input.path]
        process.standardOutput = output
        do {
            try Data(graph.utf8).write(to: input)
            try process.run()
        } catch {
            throw Exit(.environment, "bellhop: \(program) cannot be run: \((error as NSError).localizedDescription)")
        }
        let picture = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Exit(.environment, "bellhop: \(program) ended with status \(process.terminationStatus)")
        }
        return String(decoding: picture, as: UTF8.self)
    }

    private static var path: String? {
        let folders = ProcessInfo.processInfo.environment["PATH", default: "/usr/bin:/bin"].split(separator: ":")
        return folders.map { "\($0)/dot" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
