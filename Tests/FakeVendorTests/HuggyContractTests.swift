import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(15))) struct HuggyContractTests {
    private static func call(_ method: String, _ path: String, _ json: Value?) -> Action {
        .call(VendorCall(method: method, path: path, json: json))
    }

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
        .init(.close(Closing())) {
            #expect($0.chat?.situation == "finishing")
            #expect($0.chat?.asksForFeedback == false)
        },
        .init(.contact(["email": "charles@example.com", "obs": "VIP"])) {
            #expect(
                $0.contacts[419_689] == ["id": 419_689, "name": "Charles", "email": "charles@example.com", "obs": "VIP"])
        },
        .init(.reply(Reply(text: "", file: "https://files.example.org/nota.pdf"))) {
            #expect($0.chat?.messages.map(\.file) == ["https://files.example.org/nota.pdf"])
        },
        .init(call("POST", "/chats/2932424/flow", ["flowId": 7, "variables": ["a": "b"]])) {
            #expect($0.chat?.flow == 7)
            #expect($0.chat?.variables == ["a": "b"])
        },
        .init(
            call(
                "PUT", "/contacts/419689/execFlow",
                [
                    "uuid": "c0ffee00-0000-4000-8000-000000000001", "flowId": 9, "variables": ["order": "1234"],
                    "whenInChat": false, "whenWaitForChat": true, "whenInAuto": true,
                ])
        ) { #expect($0.chat?.flow == 9) },
        .init(
            call("PUT", "/chats/2932424/close", ["sendFeedback": true, "tabulation": 12, "comment": "Resolvido"])
        ) {
            #expect($0.chat?.situation == "finishing")
            #expect($0.chat?.tabulation == "12")
            #expect($0.chat?.asksForFeedback == true)
        },
        .init(call("POST", "/chats/2932424/transfer", ["agentId": 33_980, "message": "VIP"])) {
            #expect($0.chat?.agent == 33_980)
        },
        .init(call("PUT", "/chats/2932424/workflow", ["stepId": 7])) { #expect($0.chat?.workflowStep == 7) },
        .init(call("POST", "/chats/2932424/messages", ["text": "", "hsm": ["a": "b"]])) {
            #expect($0.chat?.messages.count == 1)
        },
        .init(call("POST", "/contacts", ["name": "Ana", "phone": "5511988887777"])) {
            #expect($0.contacts.values.contains { $0["phone"] == "5511988887777" })
        },
        .init(call("POST", "/contacts/419689/chats", nil)) { #expect($0.chats.count == 2) },
        .init(call("POST", "/v2/chats/2932424/situation", ["situation": "auto"])) { #expect($0.chat?.situation == "auto") },
        .init(call("POST", "v2/flows/8/contact/419689/exec", nil)) { #expect($0.chat?.flow == 8) },
        .init(call("PUT", "/v3/chats/2932424/workflow", ["stepId": ""])) { #expect($0.chat?.workflowStep == nil) },
    ]

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeHuggy>) async throws {
        try await row.run(on: Scenes.huggy())
    }

    /// Whatever else it documents can be read by a `call`.
    @Test(arguments: [
        "/chats/2932424", "/chats?page=0&situation=in_chat", "/chats/2932424/messages?page=0&showEvents=true",
        "/chats/2932424/contextVariables", "/contacts?phone=5511988887777", "/contacts/419689", "/contacts/419689/timeline",
        "/agents?allPages=true", "/agents/profile", "shortcuts", "/v2/chats/2932424/feedback",
    ])
    func reads(path: String) async throws {
        let stage = try Scenes.huggy()
        defer { stage.fake.stop() }
        let attempt = try await stage.carryOut(stage.effect(.call(VendorCall(method: "GET", path: path))))
        #expect(attempt?.outcome == .done(remoteID: nil))
        #expect(stage.fake.complaints == [])
    }

    @Test func messagesOfAnAutomaticChatCannotBeReadAndTheAccountGoesOn() async throws {
        let stage = try Scenes.huggy()
        defer { stage.fake.stop() }
        stage.fake.change { $0.chats[2_932_424]?.situation = "auto" }
        let read = Action.call(VendorCall(method: "GET", path: "/chats/2932424/messages"))
        let attempt = try await stage.carryOut(stage.effect(read))
        #expect(attempt?.outcome == .refused(.refused, message: "HTTP 403: Desculpe, você não tem permissão"))
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

    @Test(arguments: [Action.route(.queue), .close(Closing(comment: "Obrigado"))])
    func theSituationIsReadBack(action: Action) async throws {
        let stage = try Scenes.huggy(schedule: .only([2: .closeAfterProcessing]))
        defer { stage.fake.stop() }
        let effect = stage.effect(action)
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
