import Crypto
package import Model

/// Ids that are the same on every attempt, restart and node, because they come from the effect's key alone.
package enum Idempotency {
    /// 24 characters `[0-9a-f]` of SHA-256 of the effect's key: Rocket.Chat's message `_id`, Channel Talk's `requestId`.
    package static func id(for effect: Effect) -> String {
        let digits = SHA256.hash(data: Array(effect.key.utf8)).prefix(12).flatMap { [digit($0 >> 4), digit($0 & 15)] }
        return String(decoding: digits, as: UTF8.self)
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
