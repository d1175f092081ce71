import Model
import Testing

@Suite struct ConversationStateTests {
    private let flow = FlowState(
        flow: "order", step: "number", rule: "start", answeredAt: Instant(seconds: 1), waitingSince: Instant(seconds: 2))
    private let silence = Silence(since: Instant(seconds: 3))

    /// What is kept elsewhere is a part of the value all the same.
    @Test func aCopyIsOfItsOwn() {
        var state = ConversationState(tags: ["vip"], flow: flow, silence: silence)
        let before = state
        state.flow?.misses = 2
        #expect(before.flow == flow)
        #expect(state.flow?.misses == 2)
        #expect(state.silence == silence)
        #expect(state != before)

        state.flow = nil
        #expect(state == ConversationState(tags: ["vip"], silence: silence))
        state.silence = nil
        state.known = KnownConversation(vendor: VendorID(rawValue: "huggy"))
        state.known = nil
        #expect(state == ConversationState(tags: ["vip"]))
        #expect(Set([state, ConversationState(tags: ["vip"])]).count == 1)
        #expect(before == ConversationState(tags: ["vip"], flow: flow, silence: silence))
    }

    /// Captured traffic keeps one for each of a hundred thousand conversations.
    @Test func isSmallWithoutAFlow() {
        #expect(MemoryLayout<ConversationState>.stride <= 128)
    }
}
