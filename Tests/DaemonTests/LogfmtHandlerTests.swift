import Daemon
import Logging
import Testing

@Suite struct LogfmtHandlerTests {
    private func line(_ values: Logger.Metadata, label: String = "bellhop") -> [String] {
        let lines = Lines()
        let logger = Logger(label: label) { LogfmtHandler(label: $0) { lines.add($0) } }
        logger.info("it happened", metadata: values)
        return lines.all
    }

    @Test(arguments: [
        ("bare", "bare"), ("rules/a.yaml:1:2", "rules/a.yaml:1:2"), ("", #""""#), ("two words", #""two words""#),
        ("a=b", #""a=b""#), (#"say "hi" \"#, #""say \"hi\" \\""#), ("a\nlevel=error", #""a\nlevel=error""#),
        ("tab\tand\r", #""tab\tand\r""#), ("\u{1B}[31m", #""\u{1b}[31m""#), ("\u{202E}abc", #""\u{202e}abc""#),
        ("ação", #""ação""#),
    ])
    func writesEachValueInOneLine(_ value: String, _ written: String) {
        #expect(line(["key": "\(value)"]) == ["level=info msg=\"it happened\" key=\(written)\n"])
    }

    @Test func ordersValuesByKey() {
        #expect(line(["b": "2", "a": "1", "c d": "3"]) == ["level=info msg=\"it happened\" a=1 b=2 c_d=3\n"])
    }

    @Test func namesOtherSources() {
        #expect(line([:], label: "hummingbird") == ["level=info msg=\"it happened\" source=hummingbird\n"])
    }

    @Test func leavesOutWhatIsBelowItsLevel() {
        let lines = Lines()
        let logger = Logger(label: "bellhop") { LogfmtHandler(label: $0, level: .warning) { lines.add($0) } }
        logger.info("quiet")
        logger.warning("loud")
        #expect(lines.all == ["level=warning msg=\"loud\"\n"])
    }
}
