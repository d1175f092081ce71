import Foundation
import JSON
import Model
import Testing
import VendorKit
import Vendors

/// The `Samples` folders are the vendors' specification: see `Sample`.
@Suite struct SampleTests {
    @Test(arguments: Sample.folders.keys.sorted { $0.rawValue < $1.rawValue })
    func everySampleHasItsPartner(vendor: VendorID) {
        let files = Set(Sample.files(vendor)).subtracting(["account"])
        var alone: [String] = []
        for file in files {
            guard let dot = file.lastIndex(of: ".") else {
                alone.append(file)
                continue
            }
            let (name, role) = (file[..<dot], file[file.index(after: dot)...])
            let partner = Sample.roles.lazy.compactMap { $0 == role ? $1 : $1 == role ? $0 : nil }.first
            if partner.map({ files.contains("\(name).\($0)") }) != true { alone.append(file) }
        }
        #expect(alone.sorted() == [])
        for (input, _) in Sample.roles {
            #expect(files.contains { $0.hasSuffix(".\(input)") }, "\(vendor.rawValue) has no \(input) sample")
        }
    }

    @Test(arguments: Sample.all("payload", "events"))
    func payloadBecomesEvents(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let request = WebhookRequest(body: try sample.bytes("payload"), trust: .captured)
        let receipt = try vendor.receive(request, account: try sample.account(), now: Sample.receivedAt)
        let events = Value.array(receipt.events.map(\.value))
        #expect(events.differences(from: try sample.value("events")) == [])
        #expect(receipt.events.allSatisfy { $0.raw == request.body })
        #expect(Set(receipt.events.map(\.id)).count == receipt.events.count)
    }

    @Test(arguments: Sample.all("payload", "events"))
    func payloadIsRecognisedByItsVendorAlone(sample: Sample) throws {
        let body = try JSONDocument(try sample.bytes("payload")).root
        guard body.kind == .object else { return }
        #expect(VendorCatalog.all.filter { $0.recognizes(body) }.map(\.profile.id) == [sample.vendor])
    }

    @Test(arguments: Sample.all("effect", "request"))
    func effectBecomesRequest(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let request = try vendor.request(for: try sample.effect(), account: try sample.account())
        #expect(request.value.differences(from: try sample.value("request")) == [])
    }

    @Test(arguments: Sample.all("response", "outcome"))
    func responseBecomesOutcome(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let answer = try sample.value("response")
        let effect = try Sample(vendor: sample.vendor, name: answer["to"]?.string ?? "reply").effect()
        let request = try vendor.request(for: effect, account: try sample.account())
        let response = VendorResponse(
            status: Int(try #require(answer["status"]?.double)),
            headers: Dictionary(
                uniqueKeysWithValues: (answer["headers"]?.object?.entries ?? []).map {
                    ($0.key.lowercased(), $0.value.text ?? "")
                }),
            body: answer["body"].map { $0.string.map { Array($0.utf8) } ?? JSONWriter.bytes($0) } ?? [])
        let outcome = vendor.outcome(of: response, to: request)
        #expect(outcome.value.differences(from: try sample.value("outcome")) == [])
    }
}
