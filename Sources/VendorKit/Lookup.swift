package import Model

/// One thing that the vendor can be asked about an event: a reading call, and what its answer tells. Changes nothing there.
package struct Lookup: Sendable {
    /// What it asks about, `chat/CHAT_ID`: an answer serves every event with the same subject, for as long as its fields last.
    package let subject: String
    /// Fields that its answer may tell, or that lead to another lookup that may.
    package let fields: Set<EventField>
    package let request: VendorRequest
    /// Asked when the first is refused: by the vendor's documents it is not sure that there is such a call, or it does not
    /// know the object.
    package let fallback: VendorRequest?
    private let read: @Sendable (VendorResponse) -> LookupAnswer

    /// - Parameter read: for an answer with a 2xx status to either request.
    package init(
        _ subject: String, fields: Set<EventField>, request: VendorRequest, fallback: VendorRequest? = nil,
        read: @escaping @Sendable (VendorResponse) -> LookupAnswer
    ) {
        self.subject = subject
        self.fields = fields
        self.request = request
        self.fallback = fallback
        self.read = read
    }

    package func answer(in response: VendorResponse) -> LookupAnswer { read(response) }
}

package enum LookupAnswer: Sendable, Hashable {
    /// What the vendor tells; a field that it has nothing for is missing.
    case found([EventField: Value])
    /// The answer does not hold the object.
    case missing
    /// Its shape is not the expected one.
    case unreadable
}
