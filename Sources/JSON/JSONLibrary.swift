import CSimdjson

/// Which simdjson this process has.
package enum JSONLibrary {
    /// `3.0.1`
    package static var version: String { csimdjson_version().map { String(cString: $0) } ?? "unknown" }

    /// What it found that this machine's processor can do: `haswell`, `icelake`, `westmere`, `arm64`, `fallback`.
    package static var kernel: String {
        var name = [CChar](repeating: 0, count: 32)
        csimdjson_kernel(&name, name.count)
        return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
