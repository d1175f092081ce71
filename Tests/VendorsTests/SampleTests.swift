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
        for input in Sample.requiredRoles {
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

    /// Of the sample, and of it without each of its members.
    @Test(arguments: Sample.all("payload", "events"))
    func theHeaderIsThatOfTheWholeEvent(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let account = try sample.account()
        for body in try JSONDocument(try sample.bytes("payload")).root.value.withoutEach(depth: 4) {
            let request = WebhookRequest(body: JSONWriter.bytes(body), trust: .captured)
            guard let whole = try? vendor.receive(request, account: account, now: Sample.receivedAt) else { continue }
            let headers = try vendor.receive(request, account: account, now: Sample.receivedAt, extent: .header)
            #expect(headers.events.map(\.identity) == whole.events.map(\.identity), "\(body)")
        }
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
        let (effect, response) = try sample.answer("response")
        let request = try vendor.request(for: effect, account: try sample.account())
        let outcome = vendor.outcome(of: response, to: request)
        #expect(outcome.value.differences(from: try sample.value("outcome")) == [])
    }

    @Test(arguments: Sample.all("prepared", "call"))
    func answerToThePreparationBecomesTheCall(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let account = try sample.account()
        let (effect, response) = try sample.answer("prepared")
        let read = try vendor.preparation(for: effect, account: account)
        let call = Result { () throws(ActionError) in
            try vendor.request(for: effect, account: account, after: response)
        }
        let value: Value =
            switch call {
            case .success(let request): request?.value ?? .null
            case .failure(let error): ["error": .string(error.message)]
            }
        #expect(
            Value.object(["read": read?.value ?? .null, "call": value]).differences(from: try sample.value("call")) == [])
    }

    @Test(arguments: Sample.all("readback", "done"))
    func readBackTellsWhetherItIsDone(sample: Sample) throws {
        let vendor = try #require(VendorCatalog.vendor(sample.vendor))
        let (effect, response) = try sample.answer("readback")
        let read = try vendor.readBack(of: effect, account: try sample.account())
        let done = vendor.isDone(effect, readBack: response).map(Value.bool) ?? .null
        #expect(
            Value.object(["read": read?.value ?? .null, "done": done]).differences(from: try sample.value("done")) == [])
    }

    // MARK: - Nothing is left out

    private static let vendors = Sample.folders.keys.sorted { $0.rawValue < $1.rawValue }

    @Test(arguments: vendors) func everyOfferedFeatureHasASample(vendor: VendorID) throws {
        let shown = try Sample.all("effect", "request").filter { $0.vendor == vendor }.flatMap { try $0.effect().action.features }
        let offered = VendorCatalog.profile(vendor).capabilities.filter {
            if case .unsupported = $0.value { false } else { true }
        }
        #expect(Set(offered.keys).subtracting(shown).map(\.rawValue).sorted() == [])
    }

    @Test(arguments: vendors) func everyOutcomeClassHasASample(vendor: VendorID) throws {
        let samples = Sample.all("response", "outcome").filter { $0.vendor == vendor }
        let classes = Set(try samples.flatMap { try $0.value("outcome").object?.keys ?? [] })
        #expect(classes == ["done", "retry", "throttled", "refused", "uncertain"])
    }

    /// An effect that needs a read shows what becomes of it when there is nothing to do, too.
    @Test(arguments: vendors) func everyPreparedFeatureHasASample(vendor: VendorID) throws {
        let known = try #require(VendorCatalog.vendor(vendor))
        let fixture = Fixture(known)
        let prepared = try VendorContractTests.actions.filter {
            try known.preparation(for: fixture.effect($0.1), account: fixture.account) != nil
        }
        let shown = try Sample.all("prepared", "call").filter { $0.vendor == vendor }.flatMap {
            try $0.answer("prepared").effect.action.features
        }
        #expect(Set(prepared.map(\.0)).subtracting(shown).map(\.rawValue).sorted() == [])
    }
}

extension Event {
    /// What is stored of it beside its webhook.
    fileprivate var identity: [String] { [id, kind.rawValue, conversationKey.account, conversationKey.conversation] }
}

extension Value {
    /// The value, and what is left of it without each of its members, so deep.
    fileprivate func withoutEach(depth: Int) -> [Value] {
        guard depth > 0 else { return [self] }
        switch self {
        case .object(let object):
            return [self]
                + object.entries.flatMap { entry -> [Value] in
                    var rest = object
                    rest[entry.key] = nil
                    return [.object(rest)]
                        + entry.value.withoutEach(depth: depth - 1).dropFirst().map { part in
                            var changed = object
                            changed[entry.key] = part
                            return .object(changed)
                        }
                }
        case .array(let elements):
            return [self]
                + elements.indices.flatMap { index in
                    elements[index].withoutEach(depth: depth - 1).dropFirst().map { part in
                        var changed = elements
                        changed[index] = part
                        return Value.array(changed)
                    }
                }
        default: return [self]
        }
    }
}
