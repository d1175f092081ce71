import Foundation
import JSON
import Model
import TestSupport
import Testing
import VendorKit
import Vendors

/// Every effect of the vendors' sample folders, sent to a fake that was written without them.
@Suite(.timeLimit(.minutes(15))) struct SampleReplayTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        var vendor: VendorID
        var name: String
        var file: URL

        var testDescription: String { "\(vendor.rawValue)/\(name)" }

        /// A vendor's folder is called as its id, whatever the case.
        static let all: [Sample] = VendorID.real.flatMap { vendor in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: vendors.path)) ?? []
            let folder = vendors.appending(path: "\(names.first { $0.lowercased() == vendor.rawValue } ?? "")/Samples")
            let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
            return files.filter { $0.lastPathComponent.hasSuffix(".effect.json") }
                .sorted { $0.path < $1.path }
                .map { Sample(vendor: vendor, name: String($0.lastPathComponent.dropLast(12)), file: $0) }
        }

        private static let vendors = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Sources/Vendors").standardizedFileURL
    }

    @Test func thereAreSamplesOfEveryVendor() { #expect(Set(Sample.all.map(\.vendor)) == Set(VendorID.real)) }

    @Test(arguments: Sample.all) func aSampleIsADocumentedCall(sample: Sample) async throws {
        let effect = try JSONDecoder().decode(Effect.self, from: Data(contentsOf: sample.file))
        try await Check.onStage(sample.vendor, Replay(effect: effect, complaints: Self.complaints[sample.testDescription] ?? []))
    }

    /// Samples of what somebody wrote that the vendor cannot know.
    private static let complaints: [String: [String]] = [
        "huggy/reply-odd-conversation-id": ["POST /v3/chats/29%2F32%3Fa%3D%C3%A7/messages: the chat's id is no number"]
    ]

    private struct Replay: StageCheck {
        var effect: Effect
        var complaints: [String]

        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            _ = try await stage.carryOut(effect)
            #expect(stage.fake.arrivals.count > 0)
            #expect(stage.fake.complaints == complaints)
        }
    }
}
