/// One message of a test's load: the how-manieth of which conversation. Its name goes into ids and texts, and is found again in
/// whatever is made of it.
package struct LoadEvent: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var conversation: Int
    /// From 1 within its conversation.
    package var seq: Int

    package init(conversation: Int, seq: Int) {
        self.conversation = conversation
        self.seq = seq
    }

    /// `ev12-345`
    package var name: String { "ev\(conversation)-\(seq)" }
    package var description: String { name }

    package static func < (left: LoadEvent, right: LoadEvent) -> Bool {
        (left.conversation, left.seq) < (right.conversation, right.seq)
    }

    /// The first name in a text that stands between other characters than letters and digits; nil without one.
    package init?(in text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        var before: UInt8?
        while let byte = rest.first {
            if byte == UInt8(ascii: "e"), !Self.isPartOfWord(before), let event = Self.name(at: rest) {
                self = event
                return
            }
            before = byte
            rest = rest.dropFirst()
        }
        return nil
    }

    private static func name(at bytes: ArraySlice<UInt8>) -> LoadEvent? {
        guard bytes.dropFirst().first == UInt8(ascii: "v") else { return nil }
        var rest = bytes.dropFirst(2)
        guard let conversation = number(&rest), rest.popFirst() == UInt8(ascii: "-"), let seq = number(&rest),
            !isPartOfWord(rest.first)
        else { return nil }
        return LoadEvent(conversation: conversation, seq: seq)
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        bytes = bytes.dropFirst(digits.count)
        return Int(String(decoding: digits, as: UTF8.self))
    }

    private static func isPartOfWord(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20)
    }
}

/// One action of the rule that holds for a message: what is to arrive at the vendor.
package struct LoadEffect: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var event: LoadEvent
    /// Its place in the rule, from 0.
    package var action: Int

    package init(_ event: LoadEvent, action: Int) {
        self.event = event
        self.action = action
    }

    /// `ev12-345/0`
    package var description: String { "\(event)/\(action)" }

    package static func < (left: LoadEffect, right: LoadEffect) -> Bool {
        (left.event, left.action) < (right.event, right.action)
    }
}
