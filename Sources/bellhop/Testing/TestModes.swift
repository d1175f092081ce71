import ArgumentParser
import Model

/// What `test` does in place of running the tests.
struct TestModes: ParsableArguments {
    @Option(
        name: .customLong("from-capture"),
        help: ArgumentHelp(
            "Write a test of a captured webhook, the last of the file or the one on that line, that passes now.",
            valueName: "file[:line]"))
    var fromCapture: CapturePlaceArgument?

    @OptionGroup var written: WrittenTestOptions

    @Option(name: .long, help: ArgumentHelp("The account that the captured webhook belongs to.", valueName: "account"))
    var account: String?

    @Option(name: .long, help: "The vendor that sent it: \(VendorID.configurableList) (default: recognised).")
    var vendor: VendorID?

    @Flag(name: .long, help: "Change the expectations that fail to what happens now, after showing the difference.")
    var update = false

    @Flag(name: .long, help: "With --update: do not ask.")
    var yes = false

    @Flag(
        name: .long,
        help: "Show what would run around every opening, closing, holiday and clock change of the schedules.")
    var edges = false

    @OptionGroup var edgeOptions: EdgeOptions

    /// What may stand together.
    func check() throws {
        let modes = [("--from-capture", fromCapture != nil), ("--update", update), ("--edges", edges)].filter { $0.1 }.map {
            $0.0
        }
        if modes.count > 1 { throw ValidationError("give \(modes.joined(separator: " or ")), not both") }
        if fromCapture == nil {
            let stray = [
                ("--output", written.output != nil), ("--name", written.name != nil), ("--account", account != nil),
                ("--vendor", vendor != nil),
            ].first { $0.1 }
            if let stray { throw ValidationError("\(stray.0) belongs to --from-capture") }
        }
        if account != nil, vendor != nil { throw ValidationError("give --account or --vendor, not both") }
        if vendor == .any { throw ValidationError("--vendor: name a real vendor") }
        if yes, !update { throw ValidationError("--yes belongs to --update") }
        if !edges, edgeOptions.isUsed { throw ValidationError("--from, --days and --format belong to --edges") }
    }
}
