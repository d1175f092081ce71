internal import CPCRE2

/// Which PCRE2 this process has.
package enum PatternLibrary {
    /// `10.42 2022-12-11`
    package static let version: String = {
        let length = pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), nil)
        guard length > 0 else { return "unknown" }
        var text = [UInt8](repeating: 0, count: Int(length))
        guard pcre2_config_8(UInt32(PCRE2_CONFIG_VERSION), &text) > 0 else { return "unknown" }
        return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    }()

    /// Patterns are interpreted, whatever the library could do: see `Pattern`.
    package static let usesJIT = false
}
