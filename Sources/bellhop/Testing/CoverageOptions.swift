import ArgumentParser
import Daemon
import JSON
import Model
import RuleFiles

extension CoverageMeasure: ExpressibleByArgument {}

/// `--coverage` and what belongs to it.
struct CoverageOptions: ParsableArguments {
    @Flag(name: .customLong("coverage"), help: "Tell what of the rules no test reaches.")
    var isAsked = false

    @Option(name: .customLong("min-coverage"), help: ArgumentHelp("Fail below this share, in percent.", valueName: "n"))
    var minimum: Double?

    @Option(
        name: .customLong("coverage-of"),
        help: "What --min-coverage counts.")
    var measure: CoverageMeasure = .rules

    @Option(
        name: .customLong("coverage-format"),
        help: "The form of the coverage, by default as --coverage-file is named, else text. On stdout json and lcov stand alone.")
    var format: Format?

    @Option(name: .customLong("coverage-file"), help: ArgumentHelp("Write the coverage into a file.", valueName: "file"))
    var file: String?

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text, json, lcov
    }

    func validate() throws {
        if let minimum, !(0...100).contains(minimum) { throw ValidationError("--min-coverage: write a number from 0 to 100") }
    }

    /// True when tests are to be counted.
    var isCounted: Bool { isShown || minimum != nil }

    private var isShown: Bool { isAsked || format != nil || file != nil }

    /// True when stdout is for coverage alone.
    var ownsOutput: Bool { file == nil && (format == .json || format == .lcov) }

    /// Prints or writes the coverage. False when it is below the minimum, which is told on stderr.
    func report(_ coverage: RuleCoverage) throws -> Bool {
        if let file {
            try OutputFile.write(text(coverage, chosenFormat(for: file)).utf8, to: file)
            for line in CoverageText.summary(coverage) { Output.print(line) }
        } else if isShown {
            Output.printNow(text(coverage, format ?? .text))
        }
        let share = coverage.share(of: measure)
        guard let minimum, share.percent < minimum else { return true }
        Output.complain(
            "bellhop: coverage of \(measure.rawValue) is \(Int(share.percent)) % (\(share.covered) of \(share.total)), "
                + "wanted are \(minimum == minimum.rounded() ? String(Int(minimum)) : String(minimum)) %")
        return false
    }

    private func chosenFormat(for file: String) -> Format {
        if let format { return format }
        if file.hasSuffix(".json") { return .json }
        return file.hasSuffix(".info") || file.hasSuffix(".lcov") ? .lcov : .text
    }

    private func text(_ coverage: RuleCoverage, _ format: Format) -> String {
        switch format {
        case .text: CoverageText.lines(coverage).map { Console.clean($0) + "\n" }.joined()
        case .json: JSONWriter.string(CoverageJSON.value(coverage), pretty: true) + "\n"
        case .lcov: CoverageLCOV.text(coverage)
        }
    }
}
