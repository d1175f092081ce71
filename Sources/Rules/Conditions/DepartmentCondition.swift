package import Model

/// `department:`: the conversation's department.
package struct DepartmentCondition: WordCondition {
    package let choice: WordChoice
    package static let place = EventPlace.department

    package static let fields: [EventField] = [.conversationDepartment]

    package static let reference = Reference(
        key: "department", value: "an id or name, or a list",
        meaning: "the conversation is in one of these departments, by the vendor's id or by a name "
            + "from the account's `names`",
        example: "department: [billing, 'd-12']")

    package init?(_ value: RuleNode, key: RuleNode.Entry, in scope: DecodingScope) {
        guard let choice = WordChoice(value, key: key, in: scope) else { return nil }
        self.choice = choice
    }

    package func words(of subject: Subject) -> [String?] {
        let id = subject.event.conversation?.department
        return [id] + subject.account.names.departments.names(of: id)
    }

    package func hint(_ words: [String?], _ subject: Subject) -> String? { nameHint(words, .departments, subject) }
}
