package import Model

/// What each vendor can do, as a table: for the terminal, and for the documentation.
package enum CapabilityTable {
    package static func text(_ profiles: [VendorProfile]) -> String {
        let rows =
            [["action"] + profiles.map(\.name)]
            + Feature.allCases.map { feature in
                [feature.rawValue] + profiles.map { word($0.capability(feature)) }
            } + limitRows(profiles)
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
        let limits = limitRows(profiles).map { "| \($0.joined(separator: " | ")) |" }
        return ([head, rule] + rows + limits).joined(separator: "\n")
    }

    /// One vendor's column with what stands behind each word.
    package static func markdown(_ profile: VendorProfile) -> String {
        let rows = Feature.allCases.map { feature -> String in
            let capability = profile.capability(feature)
            return "| \(feature.rawValue) | \(word(capability)) | \(capability.note.map(MarkdownTable.escaped) ?? "") |"
        }
        let limits = limitedFeatures([profile]).map { feature -> String in
            let note = profile.textLimits[feature].map { MarkdownTable.escaped($0.note) } ?? ""
            return "| \(feature.rawValue) length | \(limit(of: feature, profile)) | \(note) |"
        }
        return (["| action | | how, or why not |", "|---|---|---|"] + rows + limits).joined(separator: "\n")
    }

    private static func word(_ capability: Capability) -> String {
        switch capability {
        case .native: "yes"
        case .bridged: "bridged"
        case .unsupported: "no"
        }
    }

    /// Replies always, the others where a vendor has a limit.
    private static func limitedFeatures(_ profiles: [VendorProfile]) -> [Feature] {
        Feature.allCases.filter { feature in feature == .reply || profiles.contains { $0.textLimits[feature] != nil } }
    }

    private static func limitRows(_ profiles: [VendorProfile]) -> [[String]] {
        limitedFeatures(profiles).map { feature in
            ["\(feature.rawValue) length"] + profiles.map { limit(of: feature, $0) }
        }
    }

    private static func limit(of feature: Feature, _ profile: VendorProfile) -> String {
        profile.textLimits[feature]?.description ?? "not known"
    }

    private static func notes(_ profiles: [VendorProfile]) -> [String] {
        profiles.flatMap { profile in
            Feature.allCases.flatMap { feature in
                [
                    profile.capability(feature).note.map { "\(profile.name), \(feature.rawValue): \($0)" },
                    profile.textLimits[feature].map { "\(profile.name), \(feature.rawValue) length: \($0.note)" },
                ].compactMap(\.self)
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
