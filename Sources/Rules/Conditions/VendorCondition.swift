import Model

/// `vendor:`: which vendor reported the event.
package struct VendorCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.vendor

    package static let reference = Reference(
        key: "vendor", value: "a vendor or a list",
        meaning: "the event comes from one of these vendors",
        example: "vendor: huggy")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, known: scope.vendors.map { $0.map(\.rawValue) }, what: "vendor", in: scope)
        else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        [subject.event.vendor.rawValue]
    }
}
