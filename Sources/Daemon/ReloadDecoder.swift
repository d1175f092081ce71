import Model
import Rules

/// Reads `reload:` of the configuration.
struct ReloadDecoder {
    private let scope: DecodingScope

    /// Shorter, and an editor's two steps are two changes; longer, and nobody knows whether it was seen.
    private static let debounceRange = Duration.milliseconds(10)...Duration.seconds(60)

    init(_ scope: DecodingScope) { self.scope = scope }

    func reload(_ node: RuleNode) -> Settings.Reload {
        var reload = Settings.Reload()
        guard let keys = scope.mapping(node, known: ["watch", "require_tests", "debounce"], what: "`reload`") else {
            return reload
        }
        if let flag = keys["watch"].flatMap({ scope.flag($0.value) }) { reload.isWatching = flag }
        if let flag = keys["require_tests"].flatMap({ scope.flag($0.value) }) { reload.requiresTests = flag }
        if let debounce = keys["debounce"].flatMap({ debounce($0.value) }) { reload.debounce = debounce }
        return reload
    }

    /// `500ms`, or as durations are written everywhere: `2s`.
    private func debounce(_ node: RuleNode) -> Duration? {
        guard let text = scope.text(node) else { return nil }
        let duration: Duration?
        if text.hasSuffix("ms") {
            let digits = text.dropLast(2)
            let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
            duration = isNumber ? Int32(digits).map { .milliseconds($0) } : nil
        } else {
            duration = Duration(ruleText: text)
        }
        guard let duration, Self.debounceRange.contains(duration) else {
            scope.error(.badTime, "'\(text)' is no time to wait", at: node, help: "write a time from 10ms to 1m, such as `500ms`")
            return nil
        }
        return duration
    }
}
