import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(15))) struct ChatwootContractTests {
    static let rows: [ActionRow<FakeChatwoot>] = [
        .init(.reply(Reply(text: "Olá \"Lena\"\n👋"))) {
            #expect($0.conversation?.messages.map(\.content) == ["Olá \"Lena\"\n👋"])
            #expect($0.conversation?.messages.map(\.isPrivate) == [false])
        },
        .init(.reply(Reply(text: "Continue?", buttons: ["Yes", "No"]))) {
            #expect($0.conversation?.messages.map(\.contentType) == ["input_select"])
            #expect($0.conversation?.messages.map(\.options) == [["Yes", "No"]])
        },
        .init(.reply(Reply(text: "Invoice", file: "https://files.example.org/b.pdf"))) {
            #expect($0.conversation?.messages.map(\.content) == ["Invoice\nhttps://files.example.org/b.pdf"])
        },
        .init(.note("Asks for a refund")) { #expect($0.conversation?.messages.map(\.isPrivate) == [true]) },
        .init(.route(.department("Billing"))) { #expect($0.conversation?.team == 4) },
        .init(.route(.team("Vendas"))) { #expect($0.conversation?.team == 5) },
        .init(.route(.agent("Noa Keller"))) { #expect($0.conversation?.assignee == 12) },
        .init(.route(.queue)) { #expect($0.conversation?.status == "open") },
        .init(.tag(["refund", "vip"], of: .conversation)) {
            #expect($0.conversation?.labels == ["invoice", "vip", "refund"])
        },
        .init(.untag(["vip"], of: .conversation)) { #expect($0.conversation?.labels == ["invoice"]) },
        .init(.tag(["vip"], of: .contact)) { #expect($0.contacts[41]?.labels == ["b2b", "vip"]) },
        .init(.untag(["b2b"], of: .contact)) { #expect($0.contacts[41]?.labels == []) },
        .init(.close(Closing())) { #expect($0.conversation?.status == "resolved") },
        .init(.contact(["name": "María", "phone": "+351912000002", "plan": "pro"])) {
            #expect($0.contacts[41]?.fields == ["name": "María", "phone_number": "+351912000002"])
            #expect($0.contacts[41]?.attributes == ["plan": "pro"])
        },
        .init(.call(VendorCall(method: "POST", path: "conversations/118/toggle_priority", json: ["priority": "urgent"]))) {
            #expect($0.conversation?.priority == "urgent")
        },
    ]

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeChatwoot>) async throws {
        try await row.run(on: Scenes.chatwoot())
    }

    @Test func everyFeatureIsTried() { ActionRow.expectAllFeatures(of: Chatwoot(), in: Self.rows) }

    @Test func aRepeatedReplyIsTwoMessagesAndSaysSo() async throws {
        let stage = try Scenes.chatwoot()
        defer { stage.fake.stop() }
        let effect = stage.effect(.reply(Reply(text: "Olá")))
        let first = try await stage.carryOut(effect)
        _ = try await stage.carryOut(effect)
        #expect(first?.request.isIdempotent == false)
        #expect(stage.fake.api.conversation?.messages.count == 2)
    }

    @Test func labelsThatAreThereNeedNoCall() async throws {
        let stage = try Scenes.chatwoot()
        defer { stage.fake.stop() }
        #expect(try await stage.carryOut(stage.effect(.tag(["vip"], of: .conversation))) == nil)
        #expect(stage.fake.arrivals.map(\.method) == ["GET"])
    }

    @Test(arguments: [RouteTarget.agent("99"), .team("99")])
    func whoIsNotThereIsToldOfAsRefused(target: RouteTarget) async throws {
        let stage = try Scenes.chatwoot()
        defer { stage.fake.stop() }
        let outcome = try await stage.carryOut(stage.effect(.route(target)))?.outcome
        #expect(outcome == .refused(.refused, message: "HTTP 200: there is no such agent or team"))
    }

    @Test func tooManyMessagesAreThrottled() async throws {
        let stage = try Scenes.chatwoot()
        defer { stage.fake.stop() }
        stage.fake.change { $0.mostMessages = 0 }
        let outcome = try await stage.carryOut(stage.effect(.reply(Reply(text: "x"))))?.outcome
        #expect(outcome == .throttled(afterMilliseconds: nil))
    }
}

extension FakeChatwoot {
    fileprivate var conversation: Conversation? { conversations[118] }
}
