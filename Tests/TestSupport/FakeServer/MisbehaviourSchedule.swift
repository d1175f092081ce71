/// Which misbehaviour is for which request. The same seed gives the same schedule.
package struct MisbehaviourSchedule: Sendable, Hashable {
    private var seed: UInt64
    /// Requests out of a thousand that misbehave.
    private var perMille: Int
    private var kinds: [Misbehaviour]
    /// By the request's number, from 1; they go before chance.
    private var fixed: [Int: Misbehaviour]

    /// Every request is served properly.
    package static let none = MisbehaviourSchedule(seed: 0, perMille: 0, kinds: [], fixed: [:])

    /// Every request meets the same.
    package static func always(_ misbehaviour: Misbehaviour) -> MisbehaviourSchedule {
        MisbehaviourSchedule(seed: 0, perMille: 1_000, kinds: [misbehaviour], fixed: [:])
    }

    /// Only these requests, by their number from 1.
    package static func only(_ fixed: [Int: Misbehaviour]) -> MisbehaviourSchedule {
        MisbehaviourSchedule(seed: 0, perMille: 0, kinds: [], fixed: fixed)
    }

    /// By chance, each kind as often as the others. Those of TLS are left out: the URL decides on them.
    package static func random(
        seed: UInt64, perMille: Int = 500, kinds: [Misbehaviour] = Misbehaviour.t9
    ) -> MisbehaviourSchedule {
        MisbehaviourSchedule(seed: seed, perMille: perMille, kinds: kinds.filter { !$0.isTLS }, fixed: [:])
    }

    /// - Parameter number: of the request, from 1.
    package func turn(_ number: Int) -> FakeTurn {
        var random = SplitMix64(seed: seed &+ UInt64(number) &* 0xD134_2543_DE82_EF95)
        let isBad = Int(random.next() % 1_000) < perMille && !kinds.isEmpty
        let chosen = isBad ? kinds[Int(random.next() % UInt64(kinds.count))] : nil
        let misbehaviour = fixed[number] ?? chosen
        let takesEffect =
            switch misbehaviour?.processing {
            case .never: false
            case .either: random.next() % 2 == 0
            case .always, nil: true
            }
        return FakeTurn(number: number, misbehaviour: misbehaviour, takesEffect: takesEffect)
    }
}
