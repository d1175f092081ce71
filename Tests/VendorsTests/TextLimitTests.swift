import JSON
import Model
import Testing
import VendorKit
import Vendors

/// What each vendor's profile says of lengths, and that requests keep to it.
@Suite struct TextLimitTests {
    @Test(arguments: VendorContractTests.all) func onlyKnownLimitsAreThere(vendor: VendorID) {
        let limits = VendorCatalog.profile(vendor).textLimits.mapValues { [String($0.count), $0.unit.rawValue] }
        #expect(limits == (vendor == .rocketchat ? [.reply: ["5000", "UTF-16 units"]] : [:]))
    }

    @Test(
        arguments: [
            Reply(text: String(repeating: "Olá, tudo bem? 👍 ", count: 600)),
            Reply(text: String(repeating: "x", count: 4999), buttons: ["Sim", "Não"], file: "https://example.org/a.pdf"),
            Reply(text: String(repeating: "Say {{contact.name}} ", count: 400)),
            Reply(text: String(repeating: "{{agent.email}}\u{301}", count: 500)),
        ])
    func messagesOfRocketChatAreWithinItsLimit(reply: Reply) throws {
        let fixture = Fixture(RocketChat())
        guard case .parts(let parts) = RocketChat.profile.outgoing(.reply(reply)) else {
            Issue.record("too long")
            return
        }
        #expect(parts.count > 1)
        for part in parts {
            guard case .json(let json) = try fixture.request(part).body, let text = json["message"]?["msg"]?.string else {
                Issue.record("no text")
                continue
            }
            #expect(!text.isEmpty && text.utf16.count <= 5000)
        }
    }

    @Test func placeholdersBeforeAMarkAreBrokenUpToo() throws {
        guard case .json(let json) = try Fixture(RocketChat()).request(.reply(Reply(text: "{{agent.name}}\u{301}"))).body else {
            Issue.record("no JSON")
            return
        }
        #expect(json["message"]?["msg"]?.string?.utf8.elementsEqual("{\u{200B}{agent.name}}\u{301}".utf8) == true)
    }
}
