/// The text form of Prometheus, version 0.0.4, read as strictly as its own linter does: what is wrong is told by line.
///
/// Source: prometheus.io/docs/instrumenting/exposition_formats, and the naming rules beside it.
package struct MetricsText: Sendable {
    package struct Sample: Sendable, Hashable {
        package var name: String
        package var labels: [String: String]
        package var value: Double
    }

    package struct Family: Sendable, Hashable {
        package var name: String
        package var type: String
        package var help: String
        package var samples: [Sample] = []
    }

    package private(set) var families: [Family] = []
    /// `12: what is wrong`
    package private(set) var faults: [String] = []

    package init(_ text: String) {
        if !text.hasSuffix("\n") { faults.append("the last line has no end") }
        var series: Set<Series> = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().enumerated() {
            if let fault = read(line, &series) { faults.append("\(index + 1): \(fault): \(line)") }
        }
        for family in families { check(family) }
    }

    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    /// The values that a label has in a family.
    package func values(of label: String, in family: String) -> Set<String> {
        Set(families.first { $0.name == family }?.samples.compactMap { $0.labels[label] } ?? [])
    }

    /// What is wrong with the line; nil for nothing.
    private mutating func read(_ line: Substring, _ series: inout Set<Series>) -> String? {
        if line.hasPrefix("# HELP ") {
            let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
            guard words.count == 2, Self.isName(words[0]) else { return "no HELP" }
            guard !families.contains(where: { $0.name == words[0] }) else { return "a family twice" }
            families.append(Family(name: String(words[0]), type: "", help: String(words[1])))
            return nil
        }
        guard let last = families.indices.last else { return "nothing says what this is" }
        if line.hasPrefix("# TYPE ") {
            let words = line.dropFirst(7).split(separator: " ")
            guard words.count == 2, ["counter", "gauge", "histogram"].contains(words[1]) else { return "no TYPE" }
            guard families[last].name == words[0], families[last].type.isEmpty else { return "TYPE does not follow HELP" }
            families[last].type = String(words[1])
            return nil
        }
        guard let sample = Self.sample(line) else { return "no sample" }
        guard Self.belongs(sample.name, to: families[last]) else { return "a sample outside of its family" }
        let key = Series(name: sample.name, labels: sample.labels.mapValues { Array($0.utf8) })
        let isNew = series.insert(key).inserted
        families[last].samples.append(sample)
        return isNew ? nil : "a series twice"
    }

    private struct Series: Hashable {
        var name: String
        var labels: [String: [UInt8]]
    }

    private mutating func check(_ family: Family) {
        func fault(_ what: String) { faults.append("\(family.name): \(what)") }
        if family.type.isEmpty { fault("has no TYPE") }
        if family.help.isEmpty || family.help.hasSuffix(".") { fault("has no proper HELP") }
        if (family.type == "counter") != family.name.hasSuffix("_total") { fault("the name does not fit its type") }
        let keys = Set(family.samples.map { $0.labels.keys.filter { $0 != "le" }.sorted() })
        if keys.count > 1 { fault("samples have different labels") }
        for sample in family.samples where family.type == "counter" && !(sample.value >= 0) { fault("counts \(sample.value)") }
        if family.type == "histogram" { checkHistogram(family) }
    }

    private mutating func checkHistogram(_ family: Family) {
        let groups = Dictionary(grouping: family.samples) { sample in sample.labels.filter { $0.key != "le" } }
        for (labels, samples) in groups {
            let buckets = samples.filter { $0.name.hasSuffix("_bucket") }
            let bounds = buckets.compactMap { $0.labels["le"].flatMap { $0 == "+Inf" ? .infinity : Double($0) } }
            let counts = buckets.map(\.value)
            let count = samples.first { $0.name.hasSuffix("_count") }?.value
            let isWhole =
                bounds.count == buckets.count && bounds.last == .infinity && bounds == bounds.sorted()
                && counts == counts.sorted()
                && count == counts.last && samples.contains { $0.name.hasSuffix("_sum") } && samples.count == buckets.count + 2
            if !isWhole { faults.append("\(family.name)\(labels): no whole histogram") }
        }
    }

    private static func belongs(_ name: String, to family: Family) -> Bool {
        guard family.type == "histogram" else { return name == family.name }
        return ["_bucket", "_sum", "_count"].contains { name == family.name + $0 }
    }

    private static func isName(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
    }

    /// `name{a="x",b="y"} 1.5`
    private static func sample(_ line: Substring) -> Sample? {
        let name = line.prefix { $0 != "{" && $0 != " " }
        guard isName(name) else { return nil }
        var rest = line[name.endIndex...]
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                guard let (key, value, after) = label(rest), labels.updateValue(value, forKey: key) == nil else { return nil }
                rest = after
                if rest.first == "," { rest = rest.dropFirst() } else if rest.first != "}" { return nil }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", !rest.dropFirst().contains(" "), let value = Double(rest.dropFirst()) else { return nil }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func label(_ text: Substring) -> (String, String, Substring)? {
        let key = text.prefix { $0 != "=" }
        guard isName(key), text[key.endIndex...].hasPrefix("=\"") else { return nil }
        var value = ""
        var scalars = text[key.endIndex...].dropFirst(2).unicodeScalars
        while let scalar = scalars.popFirst() {
            if scalar == "\"" { return (String(key), value, Substring(scalars)) }
            guard scalar == "\\" else {
                value.unicodeScalars.append(scalar)
                continue
            }
            switch scalars.popFirst() {
            case "\\": value += "\\"
            case "\"": value += "\""
            case "n": value += "\n"
            default: return nil
            }
        }
        return nil
    }
}
