import Model
import Testing

@Suite struct OutgoingActionTests {
    private static let limit = TextLimit(10, .characters, note: "a test")

    private static func profile(_ buttons: Capability = .native, limits: [Feature: TextLimit]) -> VendorProfile {
        VendorProfile(
            id: .any, name: "Vendor", defaultBaseURL: nil,
            capabilities: [.replyButtons: buttons, .replyFile: .bridged("a link")], textLimits: limits)
    }

    @Test(
        arguments: [
            (.reply(Reply(text: "short")), .parts([.reply(Reply(text: "short"))])),
            (.reply(Reply(text: "Not short. No")), .parts([.reply(Reply(text: "Not short.")), .reply(Reply(text: "No"))])),
            (
                .reply(Reply(text: "12345678 0", buttons: ["yes"])),
                .parts([.reply(Reply(text: "12345678")), .reply(Reply(text: "0", buttons: ["yes"]))])
            ),
            (
                .reply(Reply(text: "a", buttons: ["0123456789"])),
                .tooLong("the reply has 15 characters: Vendor takes 10 in a message, and it cannot be cut into 10 messages")
            ),
            (.note("0123456789"), .parts([.note("0123456789")])),
            (.note("0123456789a"), .tooLong("the note has 11 characters: Vendor takes 10")),
            (.close(Closing(comment: "0123456789")), .parts([.close(Closing(comment: "0123456789"))])),
            (.close(Closing(comment: "0123456789é")), .tooLong("the close comment has 11 characters: Vendor takes 10")),
            (.close(Closing()), .parts([.close(Closing())])),
            (.tag(["0123456789a"], of: .contact), .parts([.tag(["0123456789a"], of: .contact)])),
        ] as [(Action, OutgoingAction)])
    func longRepliesAreCutAndOtherTextsRefused(action: Action, outgoing: OutgoingAction) {
        let profile = Self.profile(
            .bridged("a list"), limits: [.reply: Self.limit, .note: Self.limit, .closeComment: Self.limit])
        #expect(profile.outgoing(action) == outgoing)
    }

    @Test func nativeButtonsDoNotCount() {
        let action = Action.reply(Reply(text: "12345678 0", buttons: ["0123456789"]))
        #expect(Self.profile(limits: [.reply: Self.limit]).outgoing(action) == .parts([action]))
        #expect(Self.profile(limits: [.reply: Self.limit]).length(of: Reply(text: "a", buttons: ["b"], file: "c")) == 3)
    }

    @Test(
        arguments: [
            .reply(Reply(text: "0123456789 a")), .note("0123456789 a"), .close(Closing(comment: "0123456789 a")),
        ] as [Action])
    func withoutALimitEverythingGoesOutWhole(action: Action) {
        #expect(Self.profile(limits: [:]).outgoing(action) == .parts([action]))
        #expect(VendorProfile.any.outgoing(action) == .parts([action]))
    }

    @Test(
        arguments: [
            ("a👍é", .characters, 3), ("a👍é", .utf16, 4), ("a👍é", .bytes, 7), ("", .utf16, 0), ("\r\n", .characters, 2),
        ] as [(String, TextLimit.Unit, Int)])
    func lengthsAreInUnits(text: String, unit: TextLimit.Unit, length: Int) {
        #expect(TextLimit(1, unit, note: "").length(of: text) == length)
        #expect(TextLimit(max(1, length), unit, note: "").fits(text))
        #expect(length < 2 || !TextLimit(length - 1, unit, note: "").fits(text))
    }

    @Test func readsAsANumberOfUnits() {
        #expect("\(TextLimit(5000, .utf16, note: ""))" == "5000 UTF-16 units")
        #expect("\(TextLimit(9, .bytes, note: ""))" == "9 bytes")
    }
}
