import Model
import RuleFiles
import Testing
import Vendors

@Suite struct AnonymizerTests {
    private static let rules = """
        version: 1
        lists: { words: [entrega, 'rastre*'] }
        rules:
          - id: order
            when:
              - text: { any: $words }
              - text: { regex: '(?:pedido|order)\\s*(?<order>\\d{4,10})' }
              - field: { contact.email: { ends: '@acme.example' } }
              - department: '11445'
            do: [ { reply: 'Fala com Rita' } ]
        """

    private func anonymizer(_ bodies: Value...) -> Anonymizer {
        let folder = RuleFolder(root: "rules", texts: ["a.yaml": Self.rules])
        let account = Account(
            id: "a", vendor: .huggy, names: Account.Names(departments: ["billing": "99887"]), bots: ["bot-4711"])
        var anonymizer = Anonymizer(keeping: KeptWords(folder, accounts: [account]))
        for body in bodies { anonymizer.note(body, events: []) }
        return anonymizer
    }

    private func anonymized(_ body: Value) -> Value {
        var anonymizer = anonymizer(body)
        return anonymizer.anonymized(body)
    }

    private func text(_ text: String, beside contact: Value.Object = ["name": "Ana Souza"]) -> String {
        anonymized(["customer": .object(contact), "body": .string(text)])["body"]?.text ?? ""
    }

    @Test(arguments: [
        "entrega", "rastreamento", "pedido 1234", "Boa tarde, tudo bem?", "às 14:30 de 2026-01-05", "2026-01-05T10:00:00.000Z",
        "R$ 59,90", "manager", "whatsapp", "",
    ])
    func whatNamesNobodyStays(written: String) {
        #expect(text(written) == written)
    }

    @Test func namesAreReplacedWhereverTheyStand() {
        let changed = anonymized([
            "customer": ["name": "Ana Souza", "email": "ana.souza@mail.example.com.br"],
            "body": "Ana aqui, de novo ANA! ana.souza@mail.example.com.br", "who": "Souza",
        ])
        let names = (changed["customer"]?["name"]?.text ?? "").split(separator: " ").map(String.init)
        #expect(names.count == 2 && names[0] != "Ana" && names[1] != "Souza")
        let email = changed["customer"]?["email"]?.text ?? ""
        #expect(email == "person1@example.example.com.br")
        #expect(changed["body"]?.text == "\(names[0]) aqui, de novo \(names[0].uppercased())! \(email)")
        // One word that nobody wrote may be the vendor's own.
        #expect(changed["who"] == "Souza")
    }

    @Test func numbersKeepTheirShapeAndTheirPlaces() {
        let contact: Value.Object = ["name": "Ana", "mobile": "5511987654321", "phone": "+55 (11) 98765-4321"]
        let changed = anonymized(["customer": .object(contact), "body": "ligue +55 11 98765-4321, pedido 1234567"])
        let mobile = changed["customer"]?["mobile"]?.text ?? ""
        #expect(mobile.count == 13 && mobile.hasPrefix("55119") && mobile != "5511987654321")
        let last = mobile.suffix(8)
        #expect(changed["customer"]?["phone"]?.text == "+55 (11) 9\(last.prefix(4))-\(last.suffix(4))")
        let body = changed["body"]?.text ?? ""
        #expect(body.hasPrefix("ligue +55 11 9\(last.prefix(4))-\(last.suffix(4)), pedido "))
        #expect(!body.contains("1234567") && body.count == "ligue +55 11 98765-4321, pedido 1234567".count)
    }

    @Test func idsAreTheSameEverywhereAndStayWhatTheyAre() {
        let changed = anonymized([
            "chat": ["id": 2_932_424], "chatId": "2932424", "other_id": 2_932_425, "key": ["chatKey": "userChat-6098e1f2"],
            "hex": ["_id": "66fa9ec66ea9eba859b650b3"], "url": "https://files.example.com/2932424/photo.png",
            "time": 1_735_738_800,
        ])
        let id = changed["chat"]?["id"]?.text ?? ""
        #expect(id.count == 7 && id != "2932424" && changed["chatId"]?.text == id)
        #expect(changed["other_id"]?.text != id)
        #expect(changed["key"]?["chatKey"]?.text?.hasPrefix("userChat-") == true)
        #expect(changed["key"]?["chatKey"]?.text?.contains("6098e1f2") == false)
        let hex = changed["hex"]?["_id"]?.text ?? ""
        #expect(hex.count == 24 && hex.allSatisfy(\.isHexDigit) && hex != "66fa9ec66ea9eba859b650b3")
        #expect(changed["url"]?.text?.hasPrefix("https://example.example.com/\(id)/") == true)
        #expect(changed["url"]?.text?.hasSuffix(".png") == true)
        #expect(changed["time"] == 1_735_738_800)
    }

    @Test func whatRulesAndConfigurationLookForStays() {
        let body: Value = [
            "department": ["id": "11445"], "other": ["departmentId": 99_887], "sender": ["id": "bot-4711", "name": "Rita Lima"],
            "customer": ["name": "Entrega Silva", "email": "someone@acme.example"],
        ]
        let changed = anonymized(body)
        #expect(changed["department"] == body["department"])
        #expect(changed["other"] == body["other"])
        #expect(changed["sender"]?["id"] == "bot-4711")
        #expect(changed["customer"]?["email"] == "person1@acme.example")
        #expect(changed["customer"]?["name"]?.text?.hasPrefix("Entrega ") == true)
        // What a rule says is not what it looks for.
        #expect(changed["sender"]?["name"]?.text?.contains("Rita") == false)
    }

    @Test func aSecretIsAlwaysReplaced() {
        let changed = anonymized(["token": "0123456789abcdef", "messages": ["token": "0123456789abcdef"]])
        #expect(changed["token"] != "0123456789abcdef")
        #expect(changed["token"] == changed["messages"]?["token"])
    }

    @Test func manyNamesAndIdsNeverShareAStandIn() {
        let people = (0..<3000).map { number -> Value in
            ["customer": ["id": .integer(100_000 + Int64(number)), "name": .string("Xq\(number)y")]]
        }
        let changed = anonymized(.array(people)).array ?? []
        #expect(Set(changed.compactMap { $0["customer"]?["id"]?.text }).count == 3000)
        #expect(Set(changed.compactMap { $0["customer"]?["name"]?.text }).count == 3000)
        #expect(changed.allSatisfy { $0["customer"]?["id"]?.text?.count == 6 })
    }

    @Test func anIdThatIsKnownFromElsewhereGetsThatOne() {
        var anonymizer = anonymizer(["id": "ours-1234"])
        anonymizer.fix("ours-1234", "theirs-1")
        #expect(anonymizer.anonymized(["requestId": "ours-1234"]) == ["requestId": "theirs-1"])
    }
}
