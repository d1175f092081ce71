import Daemon
import VendorKit

extension FuzzTarget {
    /// What arrives on a connection, in one piece and in two.
    static let connection = FuzzTarget("connection") { bytes in
        let whole = framing(of: [bytes[...]])
        demand(whole.passed <= bytes.count, "no byte is passed that did not come")
        for cut in [bytes.count / 3, bytes.count - bytes.count / 5] {
            let pieces = framing(of: [bytes[..<cut], bytes[cut...]])
            demand(pieces.passed == whole.passed && pieces.refusal == whole.refusal, "the same however the bytes are cut")
        }
    }

    private static func framing(of pieces: [ArraySlice<UInt8>]) -> RequestFraming.Progress {
        var framing = RequestFraming()
        var outcome = RequestFraming.Progress()
        var position = 0
        for piece in pieces {
            let progress = piece.withUnsafeBytes { framing.take($0) }
            if progress.passed > 0 { outcome.passed = position + progress.passed }
            outcome.refusal = outcome.refusal ?? progress.refusal
            position += piece.count
        }
        return outcome
    }

    /// An address in the first line, a network to except in the second.
    static let address = FuzzTarget("address") { bytes in
        let (first, second) = halves(bytes)
        guard let address = IPAddress(first) else { return }
        if AddressGuard().permits(address) {
            let refused = AddressGuard.refused + AddressGuard.loopback
            demand(!refused.contains { $0.contains(address) }, "what is set aside is not reached")
        }
        guard let network = IPNetwork(second) else { return }
        if AddressGuard(exceptions: [network]).permits(address) != AddressGuard().permits(address) {
            demand(network.contains(address) || first.contains(":"), "an exception is of its network alone")
        }
    }
}
