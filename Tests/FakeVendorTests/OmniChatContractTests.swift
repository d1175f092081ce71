import Model
import TestSupport
import Testing
import VendorKit
import Vendors

@Suite(.timeLimit(.minutes(15))) struct OmniChatContractTests {
    static let rows: [ActionRow<FakeOmniChat>] = [
        .init(.reply(Reply(text: "Olá \"Ana\"\n👋"))) { #expect($0.chat?.messages.map(\.text) == ["Olá \"Ana\"\n👋"]) },
        .init(.reply(Reply(text: "Continuar?", buttons: ["Sim", "Não"]))) {
            #expect($0.chat?.messages.map(\.type) == ["INTERACTIVE_BUTTON"])
            #expect($0.chat?.messages.map(\.buttons) == [["Sim", "Não"]])
            #expect($0.chat?.messages.map(\.text) == ["Continuar?"])
        },
        .init(.reply(Reply(text: "Boleto", file: "https://files.example.org/b.pdf"))) {
            #expect($0.chat?.messages.map(\.text) == ["Boleto\nhttps://files.example.org/b.pdf"])
        },
        .init(.route(.department("Billing"))) { #expect($0.chat?.team == "T3amB1ll1n") },
        .init(.route(.team("Vendas"))) { #expect($0.chat?.team == "T3amV3nd4s") },
        .init(.route(.agent("Ana Lima"))) { #expect($0.chat?.user == "Us3rAg3nt1") },
        .init(.close(Closing(comment: "Resolvido"))) {
            #expect($0.chat?.status == "FINISHED")
            #expect($0.chat?.closingReason == "Resolvido")
        },
        .init(.close(Closing())) { #expect($0.chat?.status == "FINISHED") },
        .init(
            .call(
                VendorCall(
                    method: "POST", path: "/messages",
                    json: [
                        "type": "IMAGE", "chatId": "dE5fgIIi8o",
                        "attachment": ["name": "a.jpg", "file": "https://files.example.org/a.jpg"], "forceSend": true,
                    ]))
        ) { #expect($0.chat?.messages.map(\.file) == ["https://files.example.org/a.jpg"]) },
        .init(
            .call(
                VendorCall(
                    method: "POST", path: "/messages",
                    json: [
                        "templateId": "t3mpl4t3", "platformId": "5511988887777", "templateTokens": ["Maria", "1234"],
                        "forceSend": true,
                    ]))
        ) { #expect($0.templates == [.init(id: "t3mpl4t3", platformID: "5511988887777", tokens: ["Maria", "1234"])]) },
        .init(.route(.team("Billing"))) { #expect($0.chat?.team == "T3amB1ll1n") },
    ]

    /// Whatever else it documents can be read by a `call`.
    @Test(arguments: [
        "/chats?updatedAt.gt=2023-01-01T00:00:00Z&limit=100&order.updatedAt=ASC", "/chats/dE5fgIIi8o",
        "/chats/dE5fgIIi8o/messages?limit=300&order.createdAt=ASC", "/teams", "/teams/T3amV3nd4s", "/users/Us3rAg3nt1",
        "/interactions?limit=500", "/interactions/iNt3r4ct10", "orders/0rd3r00001",
    ])
    func reads(path: String) async throws {
        let stage = try Scenes.omniChat()
        defer { stage.fake.stop() }
        stage.fake.change { api in
            api.interactions["iNt3r4ct10"] = .init(chat: "dE5fgIIi8o")
            api.orders["0rd3r00001"] = [:]
        }
        let attempt = try await stage.carryOut(stage.effect(.call(VendorCall(method: "GET", path: path))))
        #expect(attempt?.outcome == .done(remoteID: nil))
        #expect(stage.fake.complaints == [])
    }

    @Test(arguments: rows) func carriesOut(_ row: ActionRow<FakeOmniChat>) async throws {
        try await row.run(on: Scenes.omniChat())
    }

    @Test func everyFeatureIsTried() { ActionRow.expectAllFeatures(of: OmniChat(), in: Self.rows) }

    @Test func aRepeatedReplyIsTwoMessagesAndSaysSo() async throws {
        let stage = try Scenes.omniChat()
        defer { stage.fake.stop() }
        let effect = stage.effect(.reply(Reply(text: "Olá")))
        let first = try await stage.carryOut(effect)
        _ = try await stage.carryOut(effect)
        #expect(first?.request.isIdempotent == false)
        #expect(stage.fake.api.chat?.messages.count == 2)
    }

    @Test func aCloseIsReadBack() async throws {
        let stage = try Scenes.omniChat(schedule: .only([2: .closeAfterProcessing]))
        defer { stage.fake.stop() }
        let effect = stage.effect(.close(Closing()))
        #expect(try await stage.isDone(effect) == false)
        #expect(try await stage.carryOut(effect)?.result.isLost == true)
        #expect(try await stage.isDone(effect) == true)
        #expect(stage.fake.complaints == [])
    }
}

extension FakeOmniChat {
    fileprivate var chat: Chat? { chats["dE5fgIIi8o"] }
}
