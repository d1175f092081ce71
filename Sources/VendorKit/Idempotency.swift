import Crypto
package import Model

/// Ids that are the same on every attempt, restart and node, because they come from the effect's key alone.
package enum Idempotency {
    /// 24 characters `[0-9a-f]` of SHA-256 of the effect's key: Rocket.Chat's message `_id`, Channel Talk's `requestId`.
    package static func id(for effect: Effect) -> String {
        let digits = Array("0123456789abcdef")
        return SHA256.hash(data: Array(effect.key.utf8)).prefix(12).reduce(into: "") { text, byte in
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}
