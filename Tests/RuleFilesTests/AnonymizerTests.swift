import Model
import Testing
import Vendors

@testable import RuleFiles

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

    /// The words that a text beside a name keeps.
    @Test(arguments: [
        (name: "김철수", text: "김철수님, 배송 문의", gone: "김철수", left: "님, 배송 문의"),
        (name: "Ивана Петрова", text: "Пишет Ивана", gone: "Ивана", left: "Пишет "),
        (name: "guest-412", text: "I am Guest-412 and 412", gone: "guest-412", left: " and 412"),
        (name: "Agent Name", text: "ask agent name, not the agent", gone: "agent name", left: ", not the agent"),
    ])
    func namesOfEveryKindAreReplaced(sample: (name: String, text: String, gone: String, left: String)) {
        let changed = anonymized([
            "visitor": ["name": .string(sample.name), "_id": "x"], "u": ["username": .string(sample.name)],
            "body": .string(sample.text),
        ])
        let body = changed["body"]?.text ?? ""
        let name = changed["u"]?["username"]?.text ?? ""
        #expect(!body.lowercased().contains(sample.gone.lowercased()) && body.contains(sample.left), "\(body)")
        #expect(name != sample.name && !name.lowercased().contains(sample.gone.lowercased()))
        #expect(name.unicodeScalars.first?.properties.isLowercase == sample.name.unicodeScalars.first?.properties.isLowercase)
    }

    @Test(arguments: [
        ("10.20.30.40", "192.0.2.1"), ("from 10.20.30.40:8080.", "from 192.0.2.1:8080."), ("fe80::1ff:fe23", "2001:db8::1"),
        ("2001:0db8:0000:0000:0000:ff00:0042:8329", "2001:db8::1"), ("[::1]", "[2001:db8::1]"),
        ("http://10.20.30.40/a", "http://192.0.2.1/a"), ("1.2.3.4 and 5.6.7.8", "192.0.2.1 and 192.0.2.2"),
        ("10:40:00", "10:40:00"), ("std::vector", "std::vector"), ("1.2.3", "1.2.3"),
    ])
    func networkAddressesAreThoseForDocumentation(written: String, wanted: String) {
        #expect(text(written) == wanted)
    }

    @Test func networkAddressesAreTheSameEverywhereButVersionsStay() {
        let changed = anonymized(["visitor": ["ip": "123.456.7.89", "browser": "Chrome 138.0.0.0"], "body": "123.456.7.89"])
        #expect(changed == ["visitor": ["ip": "192.0.2.1", "browser": "Chrome 138.0.0.0"], "body": "192.0.2.1"])
        let many = (0..<800).map { Value.string("10.0.\($0 / 250).\($0 % 250)") }
        let others = anonymized(.array(many)).array ?? []
        let networks = ["192.0.2.", "198.51.100.", "203.0.113."]
        #expect(others.allSatisfy { other in networks.contains { other.text?.hasPrefix($0) == true } })
    }

    @Test func linksAndKeysShowNothing() {
        let changed = text(
            "https://ana:pw@files.souza.example/u/ana/inv9?token=abcd1234&n=77#x see eyJhbGciOiJIUzI1NiJ9eyJzdWIiOiIxMjM0",
            beside: ["name": "Ana Souza"])
        for part in ["ana", "pw", "souza", "inv9", "abcd1234", "eyJhbGciOiJIUzI1NiJ9", "files"] {
            #expect(!changed.lowercased().contains(part.lowercased()), "\(part) in \(changed)")
        }
        let picture = anonymized(["preview": "/9j/4AAQSkZJRgABAQAAAQABAADn4AAQSkZJRgABAQAAAQ=="])["preview"]?.text ?? ""
        #expect(picture.count == 48 && !picture.contains("AAQSkZJRg"))
    }

    /// What rules look for in a part of something stays there, and the rest of it does not.
    @Test func partsThatRulesLookForStayAlone() {
        let rules = """
            version: 1
            rules:
              - id: a
                when:
                  - field: { contact.phone: { starts: '+5511' } }
                  - field: { contact.phone: { ends: '4321' } }
                  - field: { contact.email: { regex: '^vip' } }
                  - text: { any: 'ana*' }
                do: [ { note: hi } ]
            """
        let person: Value = ["name": "Anabela Souza", "email": "vip.souza@mail.example", "phone": "+5511987654321"]
        let body: Value = ["customer": person]
        var anonymizer = Anonymizer(keeping: KeptWords(RuleFolder(root: "rules", texts: ["a.yaml": rules]), accounts: []))
        anonymizer.note(body, events: [])
        let changed = anonymizer.anonymized(body)["customer"]
        let (name, email, phone) = (changed?["name"]?.text ?? "", changed?["email"]?.text ?? "", changed?["phone"]?.text ?? "")
        #expect(name.hasPrefix("Ana") && !name.contains("bela") && !name.contains("Souza"))
        #expect(email.hasPrefix("vip.") && !email.contains("souza"))
        #expect(phone.hasPrefix("+55119") && phone.hasSuffix("4321") && !phone.contains("8765"))
    }

    /// In one pass: what tries every beginning would not come to an end here.
    @Test(.timeLimit(.minutes(15)), arguments: ["a", "@", "1", ":", ".", "-", "a@", "http://"])
    func longTextsHoldNothingUp(part: String) {
        #expect(!text(String(repeating: part, count: 200_000)).isEmpty)
    }

    @Test(arguments: [
        ("(ana@mail.example)", "(person1@example.example)"), ("ana@mail.example.", "person1@example.example."),
        ("a@b ana@mail", "a@b ana@mail"), ("x@@ana@mail.example,b", "x@@person1@example.example,b"),
        ("<http://ana.example/x>", "<http://example.example/x>"),
    ])
    func addressesAreFoundAmongOtherThings(written: String, wanted: String) {
        #expect(text(written, beside: ["name": "Zoe"]) == wanted)
    }

    @Test func theVendorsOwnWordsStayWhateverSomebodyIsCalled() {
        let event = Event(
            id: "e", vendor: .huggy, account: "a", kind: .messageReceived, occurredAt: Instant(seconds: 0),
            contact: Contact(id: "c1", name: "whatsapp"))
        let body: Value = ["channel": "whatsapp", "senderType": "whatsapp", "who": "whatsapp", "sender": ["name": "whatsapp"]]
        var anonymizer = Anonymizer(keeping: KeptWords(RuleFolder(root: "rules", texts: [:]), accounts: []))
        anonymizer.note(body, events: [event])
        let changed = anonymizer.anonymized(body)
        #expect(changed["channel"] == "whatsapp" && changed["senderType"] == "whatsapp")
        #expect(changed["who"] == changed["sender"]?["name"] && changed["who"] != "whatsapp")
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

    /// And nobody else who has the name stays with it.
    @Test func anAddressThatRulesLookForStays() {
        let rules = "version: 1\nlists: { vips: [maria@example.com] }\nrules: []\n"
        let body: Value = [
            "customer": ["name": "Maria Lima", "email": "Maria@Example.com"], "sender": ["email": "maria.lima@example.com"],
        ]
        var anonymizer = Anonymizer(keeping: KeptWords(RuleFolder(root: "rules", texts: ["a.yaml": rules]), accounts: []))
        anonymizer.note(body, events: [])
        let changed = anonymizer.anonymized(body)
        #expect(changed["customer"]?["email"] == "Maria@Example.com")
        #expect(changed["customer"]?["name"]?.text?.contains("Maria") == false)
        #expect(changed["sender"]?["email"] == "person1@example.com")
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

    /// A customer may write anything, and one message must not make a file of captures unusable.
    @Test(arguments: ["a@b.cc,", "2020-01-01", "10.0.0.7,", "1 ", "a", "https://", "@", "1-"])
    func textsWithoutEndAreTakenToPieces(unit: String) {
        let text = String(repeating: unit, count: 20_000 / unit.count)
        let pieces = TextPiece.pieces(of: text)
        #expect(pieces.map(\.whole).joined() == text)
    }
}

extension TextPiece {
    fileprivate var whole: String {
        switch self {
        case .plain(let text), .date(let text), .address(let text), .number(let text): text
        case .email(let mailbox, let domain): "\(mailbox)@\(domain)"
        case .link(let scheme, let host, let rest): scheme + host + rest
        }
    }
}
