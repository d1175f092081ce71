/// One request as a fake vendor's log has it, written when it was there and before any misbehaviour.
package struct FakeArrival: Sendable, Hashable {
    /// In order of arrival, from 1.
    package var number: Int
    /// Milliseconds of the monotonic clock at its first byte.
    package var arrivedAt: Int64
    /// Which connection brought it, and as which of its requests; both from 1.
    package var connection: Int
    package var place: Int
    package var method: String
    package var target: String
    /// The documented call, as method and path pattern; nil for what is none.
    package var operation: String?
    package var conversation: String?
    /// The sender's own key for it, where the vendor has one.
    package var key: String?
    /// What a customer sees of it.
    package var text: String?
    package var misbehaviour: Misbehaviour?
    /// The status that the vendor itself would have answered, whatever the misbehaviour made of it.
    package var status: Int
    /// True when it changed something.
    package var tookEffect: Bool
    /// True when the vendor knew its key and did nothing again.
    package var isRepeat: Bool
    /// True when the vendor's own rate limit refused it.
    package var isOverLimit: Bool
    /// The headers that begin with `x-test-`, by the rest of their names: how a test recognises its calls. No vendor knows them.
    package var marks: [String: String]
}
