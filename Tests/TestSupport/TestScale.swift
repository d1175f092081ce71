import Glibc

/// How hard tests with random parts try, and by which numbers: from the environment, so that a longer or another run needs no
/// change of code.
package enum TestScale {
    /// `$BELLHOP_SEED`, else `usual`. Tests that use it name it in what they report, so that a run can be repeated.
    package static func seed(usual: UInt64) -> UInt64 { number("BELLHOP_SEED").map(UInt64.init) ?? usual }

    /// `$BELLHOP_ROUNDS`, else `usual`: what `make torture ROUNDS=200` sets.
    package static func rounds(usual: Int) -> Int { number("BELLHOP_ROUNDS") ?? usual }

    /// Of a time limit: more for more rounds, by the 40 that are usual for most.
    package static func minutes(usual: Int) -> Int { usual * max(1, rounds(usual: 1) / 40) }

    private static func number(_ name: String) -> Int? {
        guard let text = getenv(name), let number = Int(String(cString: text)), number > 0 else { return nil }
        return number
    }
}
