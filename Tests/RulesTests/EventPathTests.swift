import Model
import Rules
import Testing

@Suite struct EventPathTests {
    @Test(
        arguments: [
            ("id", ["id"]), ("conversation.channel", ["conversation", "channel"]), ("vars.a.b.0", ["vars", "a", "b", "0"]),
            ("raw.context.\"SYSTEM.CHAT_ID\"", ["raw", "context", "SYSTEM.CHAT_ID"]),
            ("raw.\"a.b\".\"c\"", ["raw", "a.b", "c"]), ("raw.\"a\\\"b\\\\c\\d\"", ["raw", "a\"b\\c\\d"]),
            ("raw.\"\"", ["raw", ""]),
            ("message.attachments.0.url", ["message", "attachments", "0", "url"]),
            ("conversation.tags.1", ["conversation", "tags", "1"]),
            ("details.context.any.thing", ["details", "context", "any", "thing"]),
            ("details.to.department", ["details", "to", "department"]),
            ("contact", ["contact"]), ("raw.ação.x y", ["raw", "ação", "x y"]),
        ] as [(String, [String])])
    func splitsIntoSegments(text: String, segments: [String]) throws {
        let path = try EventPath(text)
        #expect(path.segments == segments)
        #expect(path.text == text)
    }

    @Test func everyKnownPathCanBeWritten() throws {
        for path in EventPath.known { #expect(try EventPath(path).text == path) }
        #expect(EventPath.known.contains("details.closed_by.role"))
    }

    @Test(arguments: [
        ("conversation.chanel", "no event has 'conversation.chanel'", "did you mean 'conversation.channel'?"),
        ("mesage.text", "no event has 'mesage.text'", "did you mean 'message.text'?"),
        ("channel", "no event has 'channel'", "did you mean 'conversation.channel'?"),
        ("contact.firstname", "no event has 'contact.firstname'", "did you mean 'contact.first_name'?"),
        ("agent.role", "no event has 'agent.role'", "did you mean 'sender.role' or 'details.closed_by.role'?"),
        (
            "details.xyzzy", "no event has 'details.xyzzy'",
            "'details' has `from`, `to`, `closed_by`, `flow`, `status`, `context`, `answers`, `reason` and `changes`"
        ),
        ("conversation.channel.name", "nothing stands below 'conversation.channel' in an event", "write `conversation.channel`"),
        (
            "conversation.tags.first", "'conversation.tags' is a list, and 'first' is no index",
            "write `conversation.tags.0` for the first"
        ),
        ("", "the path is empty", "separate the segments by single dots, as in `contact.attributes.plan`"),
        (
            "raw..a", "the path 'raw..a' has an empty segment",
            "separate the segments by single dots, as in `contact.attributes.plan`"
        ),
        (
            "raw.a.", "the path 'raw.a.' has an empty segment",
            "separate the segments by single dots, as in `contact.attributes.plan`"
        ),
        ("raw.\"a", "a quote is never closed in the path 'raw.\"a'", "close it with `\"`"),
        ("raw.\"a\"b", "something stands behind a quoted segment of the path 'raw.\"a\"b'", "a dot follows the closing quote"),
        (
            "raw.a\"b\"", "a quote stands inside a segment of the path 'raw.a\"b\"'",
            "put the whole segment in quotes: `raw.context.\"SYSTEM.CHAT_ID\"`"
        ),
    ])
    func refusesWhatNoEventHas(text: String, message: String, help: String) {
        let error = #expect(throws: EventPathError.self) { try EventPath(text) }
        #expect(error?.message == message)
        #expect(error?.help == help)
    }

    @Test func namesTheVariableThatItReads() throws {
        #expect(try EventPath("vars.order.state").variable == "order")
        #expect(try EventPath("vars").variable == nil)
        #expect(try EventPath("raw.vars.order").variable == nil)
    }
}
