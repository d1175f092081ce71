package import Model

/// What each vendor can do, as a table: for the terminal, and for the documentation.
package enum CapabilityTable {
    package static func text(_ profiles: [VendorProfile]) -> String {
        let rows =
            [["action"] + profiles.map(\.name)]
            + Feature.allCases.map { feature in
                [feature.rawValue] + profiles.map { word($0.capability(feature)) }
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let table = rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        return (table + [""] + notes(profiles)).joined(separator: "\n")
    }

    package static func markdown(_ profiles: [VendorProfile]) -> String {
        let head = "| action | \(profiles.map(\.name).joined(separator: " | ")) |"
        let rule = "|---|\(profiles.map { _ in "---|" }.joined())"
        let rows = Feature.allCases.map { feature in
            "| \(feature.rawValue) | \(profiles.map { word($0.capability(feature)) }.joined(separator: " | ")) |"
        }
        return ([head, rule] + rows).joined(separator: "\n")
    }

    /// One vendor's column with what stands behind each word.
    package static func markdown(_ profile: VendorProfile) -> String {
        let rows = Feature.allCases.map { feature -> String in
            let capability = profile.capability(feature)
            return "| \(feature.rawValue) | \(word(capability)) | \(capability.note.map(MarkdownTable.escaped) ?? "") |"
        }
        return (["| action | | how, or why not |", "|---|---|---|"] + rows).joined(separator: "\n")
    }

    private static func word(_ capability: Capability) -> String {
        switch capability {
        case .native: "yes"
        case .bridged: "bridged"
        case .unsupported: "no"
        }
    }

    private static func notes(_ profiles: [VendorProfile]) -> [String] {
        profiles.flatMap { profile in
            Feature.allCases.compactMap { feature in
                profile.capability(feature).note.map { "\(profile.name), \(feature.rawValue): \($0)" }
            }
        }
    }
}

extension Capability {
    fileprivate var note: String? {
        switch self {
        case .native: nil
        case .bridged(let how): how
        case .unsupported(let why): why
        }
    }
}
