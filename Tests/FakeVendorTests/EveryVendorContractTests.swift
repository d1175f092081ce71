import Delivery
import JSON
import Model
import TestSupport
import Testing
import VendorKit
import Vendors

/// What holds for every vendor alike.
@Suite(.timeLimit(.minutes(15))) struct EveryVendorContractTests {
    @Test(arguments: VendorID.real) func aWrongSecretIsRefusedAndChangesNothing(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.WrongSecret())
    }

    @Test(arguments: VendorID.real) func anAnswerThatBreaksOffIsNeverAFailureForGood(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.BrokenAnswers())
    }

    @Test(arguments: VendorID.real) func everyOutcomeClassIsReached(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.OutcomeClasses())
    }

    @Test(arguments: VendorID.real) func noSecretIsInAnyDescription(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.Descriptions())
    }

    @Test(arguments: VendorID.real) func probesAreDocumentedCalls(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.Probes())
    }

    @Test(arguments: VendorID.real) func everyMisbehaviourHasItsClass(vendor: VendorID) async throws {
        try await Check.onStage(vendor, Check.MisbehaviourClasses())
    }
}

extension VendorID {
    static let real: [VendorID] = VendorCatalog.ids
}

/// A check that knows no vendor.
protocol StageCheck: Sendable {
    func run(on stage: Stage<some FakeVendorAPI>) async throws
}

enum Check {
    static func onStage(_ vendor: VendorID, _ check: some StageCheck) async throws {
        switch vendor {
        case .rocketchat: try await run(check, on: Scenes.rocketChat())
        case .huggy: try await run(check, on: Scenes.huggy())
        case .omnichat: try await run(check, on: Scenes.omniChat())
        case .channeltalk: try await run(check, on: Scenes.channelTalk())
        case .chatwoot: try await run(check, on: Scenes.chatwoot())
        default: Issue.record("\(vendor.rawValue) has no fake API")
        }
    }

    private static func run(_ check: some StageCheck, on stage: Stage<some FakeVendorAPI>) async throws {
        defer { stage.fake.stop() }
        try await check.run(on: stage)
    }

    struct WrongSecret: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            for name in stage.secrets.keys.sorted() {
                var stranger = stage
                stranger.secrets[name] = "a-wrong-secret-0000001"
                let attempt = try await stranger.carryOut(stage.effect(.reply(Reply(text: "x"))))
                #expect(attempt?.result.status == 401)
                guard case .refused(.unauthorized, let message) = attempt?.outcome else {
                    Issue.record("\(String(describing: attempt?.outcome))")
                    continue
                }
                #expect(!message.contains("a-wrong-secret"))
            }
            #expect(stage.fake.complaints.count == stage.secrets.count)
            #expect(stage.fake.arrivals.allSatisfy { !$0.tookEffect })
        }
    }

    struct BrokenAnswers: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            for misbehaviour in [Misbehaviour.truncatedBody, .shortLength, .gzipBomb] {
                stage.fake.setSchedule(.always(misbehaviour))
                let effect = stage.effect(.reply(Reply(text: "x")), key: misbehaviour.rawValue)
                let outcome = try await stage.carryOut(effect)?.outcome
                #expect(outcome?.isDone == true || outcome?.isUncertain == true, "\(misbehaviour)")
            }
            #expect(stage.fake.complaints == [])
        }
    }

    /// Not sent, done, refused, throttled, uncertain.
    struct OutcomeClasses: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            func outcome(_ misbehaviour: Misbehaviour?, _ key: String) async throws -> DeliveryOutcome? {
                stage.fake.setSchedule(misbehaviour.map { .always($0) } ?? .none)
                return try await stage.carryOut(stage.effect(.reply(Reply(text: key)), key: key))?.outcome
            }
            #expect(try await outcome(nil, "done")?.isDone == true)
            #expect(try await outcome(.badRequest, "refused")?.name == "refused")
            guard case .throttled(let wait) = try await outcome(.tooManyRetryIn5, "throttled") else {
                Issue.record("a 429 is not throttled")
                return
            }
            // Rocket.Chat's own sentence asks for 60 seconds, which may go before the header.
            #expect([5_000, 60_000].contains(wait ?? 0))
            #expect(try await outcome(.serverError, "uncertain")?.isUncertain == true)
            #expect(try await outcome(.closeAfterProcessing, "lost") == nil)
            var request = try stage.vendor.request(for: stage.effect(.reply(Reply(text: "x"))), account: stage.account)
            request.url = try FakeServer.unusedOrigin()
            #expect(await stage.send(request).result.isNotSent)
            #expect(stage.fake.complaints == [])
        }
    }

    struct Descriptions: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            let effect = stage.effect(.reply(Reply(text: "x")))
            let destination = Destination(account: stage.account, vendor: stage.vendor, secrets: stage.secrets)
            var texts = ["\(destination)", String(reflecting: destination), dumped(destination)]
            let requests =
                [
                    try stage.vendor.request(for: effect, account: stage.account),
                    try stage.vendor.readBack(of: effect, account: stage.account),
                    try stage.vendor.preparation(for: effect, account: stage.account),
                ].compactMap { $0 } + stage.vendor.probes(account: stage.account).map(\.request)
            for request in requests {
                texts += ["\(request)", dumped(request), JSONWriter.string(request.value)]
            }
            for misbehaviour: Misbehaviour? in [nil, .unauthorized, .badRequest, .serverError, .garbage, .closeAfterProcessing] {
                stage.fake.setSchedule(misbehaviour.map { .always($0) } ?? .none)
                let attempt = try await stage.carryOut(effect)
                texts += ["\(String(describing: attempt))", dumped(attempt as Any)]
            }
            for text in texts {
                for secret in stage.secrets.values { #expect(!text.contains(secret)) }
            }
        }

        private func dumped(_ value: Any) -> String {
            var text = ""
            dump(value, to: &text)
            return text
        }
    }

    struct Probes: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            let probes = stage.vendor.probes(account: stage.account)
            #expect(probes.first?.subject == .credentials)
            for probe in probes {
                let attempt = await stage.send(probe.request)
                #expect(attempt.outcome?.isDone == true)
                guard case .found = attempt.result.response.map({ probe.answer(in: $0) }) else {
                    Issue.record("the answer to \(probe.subject) cannot be read")
                    continue
                }
            }
            #expect(stage.fake.complaints == [])
            #expect(stage.fake.arrivals.allSatisfy { !$0.tookEffect })
        }
    }

    /// The class of each misbehaviour: what was not processed for certain may be refused or tried again; what may have been
    /// must never be called "not sent" or "refused".
    struct MisbehaviourClasses: StageCheck {
        func run(on stage: Stage<some FakeVendorAPI>) async throws {
            for misbehaviour in Misbehaviour.allCases where !misbehaviour.isTLS {
                stage.fake.setSchedule(.always(misbehaviour))
                let effect = stage.effect(.reply(Reply(text: "x")), key: misbehaviour.rawValue)
                let attempt = try #require(try await stage.carryOut(effect, timeoutMilliseconds: 2000))
                let names = Self.expected[misbehaviour.sight] ?? Self.expected(misbehaviour.sight)
                #expect(names.contains(Self.name(attempt)), "\(misbehaviour): \(Self.name(attempt))")
            }
            #expect(stage.fake.complaints == [])
        }

        private static func name<API>(_ attempt: Stage<API>.Attempt) -> String {
            switch attempt.result {
            case .notSent: "not sent"
            case .lost: "uncertain"
            case .response: attempt.outcome?.name ?? ""
            }
        }

        private static let expected: [Misbehaviour.Sight: Set<String>] = [
            .answer: ["done"], .lost: ["uncertain"], .brokenBody: ["done", "uncertain"], .notSent: ["not sent"],
            .status(429): ["throttled"], .status(500): ["uncertain"], .status(401): ["refused"], .status(302): ["refused"],
        ]

        /// Without Retry-After a 503 is as uncertain as any other 5xx; of a 400 that Rocket.Chat does not document, too.
        private static func expected(_ sight: Misbehaviour.Sight) -> Set<String> {
            switch sight {
            case .status(503): ["uncertain", "throttled", "retry"]
            case .status(400): ["refused"]
            default: []
            }
        }
    }
}
