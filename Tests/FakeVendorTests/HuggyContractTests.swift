import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(1))) struct HuggyContractTests {
    static let rows: [ActionRow<FakeHuggy>] = [
        .init(.reply(Reply(text: "Olá \"Charles\"\n👋"))) { #expect($0.texts == ["Olá \"Charles\"\n👋"]) },
        .init(.reply(Reply(text: "Qual?", buttons: ["Sim", "Não"]))) {
            #expect($0.chat?.messages.map(\.options) == [["Sim", "Não"]])
        },
        .init(.reply(Reply(text: "Nota", file: "https://files.example.org/nota.pdf"))) {
            #expect($0.chat?.messages.map(\.file) == ["https://files.example.org/nota.pdf"])
        },
        .init(.note("Só para nós")) {
            #expect($0.texts == ["Só para nós"])
            #expect($0.chat?.messages.map(\.isInternal) == [true])
        },
        .init(.route(.department("Billing"))) { #expect($0.chat?.department == 11_445) },
        .init(.route(.agent("Amanda Muniz"))) { #expect($0.chat?.agent == 33_980) },
        .init(.route(.queue)) {
            #expect($0.chat?.situation == "wait_for_chat")
            #expect($0.chat?.agent == nil)
        },
        .init(.close(Closing(comment: "Obrigado!"))) {
            #expect($0.chat?.situation == "finishing")
            #expect($0.chat?.comment == "Obrigado!")
        },
        .init(.close(Closing())) { #expect($0.chat?.situation == "finishing") },
        .init(.contact(["email": "charles@example.com", "obs": "VIP"])) {
            #expect(
                $0.contacts[419_689] == ["id": 419_689, "name": "Charles", "email": "charles@example.com", "obs": "VIP"])
        },
        .init(.call(VendorCall(method: "POST", path: "/chats/2932424/flow", json: ["flowId": 7, "variables": ["a": "b"]]))) {
            #expect($0.chat?.flow == 7)
            #expect($0.chat?.variables == ["a": "b"])
        },
    ]

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeHuggy>) async throws {
        try await row.run(on: Scenes.huggy())
    }

    @Test func everyFeatureIsTried() { ActionRow.expectAllFeatures(of: Huggy(), in: Self.rows) }

    /// It has no key of ours: who repeats a reply must know that it will be seen twice.
    @Test func aRepeatedReplyIsTwoMessagesAndSaysSo() async throws {
        let stage = try Scenes.huggy()
        defer { stage.fake.stop() }
        let effect = stage.effect(.reply(Reply(text: "Olá")))
        let first = try await stage.carryOut(effect)
        _ = try await stage.carryOut(effect)
        #expect(first?.request.isIdempotent == false)
        #expect(stage.fake.api.texts == ["Olá", "Olá"])
    }

    @Test func theQueueIsReadBack() async throws {
        let stage = try Scenes.huggy(schedule: .only([2: .closeAfterProcessing]))
        defer { stage.fake.stop() }
        let effect = stage.effect(.route(.queue))
        #expect(try await stage.isDone(effect) == false)
        #expect(try await stage.carryOut(effect)?.result.isLost == true)
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.complaints == [])
    }
}

extension FakeHuggy {
    fileprivate var chat: Chat? { chats[2_932_424] }
    fileprivate var texts: [String]? { chat?.messages.map(\.text) }
}
