/// 128 bits in place of an id, so that millions of ids are remembered in little room.
///
/// Two FNV-like hashes with multipliers of their own; among a hundred million ids the chance of two that meet is below 10⁻²².
package struct IDDigest: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    package init(_ text: String) { self.init([text.utf8]) }

    package init(bytes: ArraySlice<UInt8>) { self.init([bytes]) }

    package init(_ conversation: ConversationKey) {
        self.init([conversation.account.utf8, conversation.conversation.utf8])
    }

    private init(_ texts: [some Sequence<UInt8>]) {
        var high: UInt64 = 0xcbf2_9ce4_8422_2325
        var low: UInt64 = 0x9e37_79b9_7f4a_7c15
        func add(_ byte: UInt64) {
            high = (high ^ byte) &* 0x100_0000_01b3
            low = (low ^ byte) &* 0xff51_afd7_ed55_8ccd
            low ^= low >> 29
        }
        for text in texts {
            for byte in text { add(UInt64(byte)) }
            // Between texts: no byte of one has this value.
            add(0x1FF)
        }
        self.high = high
        self.low = low
    }

    /// Mixed well, so that sums of them tell two sets of ids apart.
    package var spread: IDDigest { IDDigest(high: Self.mixed(high), low: Self.mixed(low ^ 0xd1b5_4a32_d192_ed03)) }

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static let zero = IDDigest(high: 0, low: 0)

    /// The same in whatever order digests are added.
    package static func + (left: IDDigest, right: IDDigest) -> IDDigest {
        IDDigest(high: left.high &+ right.high, low: left.low &+ right.low)
    }

    package func lane(of count: Int) -> Int { Int(truncatingIfNeeded: (low ^ (high >> 17)) >> 1) % max(1, count) }

    private static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
