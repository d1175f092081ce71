import Foundation
import FuzzTargets
import TestSupport
import Testing

/// Every fuzz target on its corpus, and on random changes of it. A crash of the process names the target by its test.
@Suite(.timeLimit(.minutes(15))) struct CorpusTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("FuzzTargets/Corpora").path

    private static func corpus(_ target: String) throws -> [[UInt8]] {
        let path = "\(folder)/\(target)"
        return try FileManager.default.contentsOfDirectory(atPath: path).sorted().map { name in
            Array(try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
        }
    }

    @Test(arguments: FuzzTarget.all.map(\.name)) func standsItsCorpusAndChangesOfIt(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let inputs = try Self.corpus(name)
        #expect(inputs.count >= 3, "each target has a corpus")
        for input in inputs { target.run(input) }
        var random = SplitMix64(seed: TestScale.seed(usual: 20_261_121))
        for _ in 0..<TestScale.rounds(usual: 120) {
            for input in inputs where input.count < 4096 { target.run(Self.changed(input, inputs, &random)) }
        }
    }

    /// Bytes flipped, taken out, doubled, or taken from another input.
    private static func changed(_ input: [UInt8], _ inputs: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            guard let place = bytes.indices.randomElement(using: &random) else { break }
            let end = min(bytes.count, place + Int.random(in: 1...16, using: &random))
            switch random.next() % 5 {
            case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[place] ^= 1 << UInt8(random.next() % 8)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default:
                guard let other = inputs.randomElement(using: &random), let start = other.indices.randomElement(using: &random)
                else { break }
                bytes.replaceSubrange(place..<end, with: other[start...].prefix(24))
            }
        }
        return bytes
    }
}
