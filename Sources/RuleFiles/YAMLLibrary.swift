import CYAML

/// Which libyaml this process has.
package enum YAMLLibrary {
    /// `0.2.5`
    package static var version: String { yaml_get_version_string().map { String(cString: $0) } ?? "unknown" }
}
