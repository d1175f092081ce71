import Model
import Testing
import Vendors

/// What Huggy cannot do beyond the features of the matrix.
@Suite struct HuggyProfileTests {
    private static let account = Account(
        id: "main", vendor: .huggy, names: .init(departments: ["billing": "7", "odd": "x"], agents: ["Carla": "9"]))

    private static func missing(_ word: String, _ place: String) -> String {
        "`\(word)` is no \(place) of the account main: Huggy's are numbers, so write the number, or give it in the account's "
            + "`names`"
    }

    @Test(
        arguments: [
            (.route(.department("billing")), nil), (.route(.department("BILLING")), nil), (.route(.department("11445")), nil),
            (.route(.department("support")), missing("support", "department")),
            (.route(.department("odd")), missing("odd", "department")),
            (.route(.department("Carla")), missing("Carla", "department")), (.route(.agent("carla")), nil),
            (.route(.agent("billing")), missing("billing", "agent")), (.route(.queue), nil), (.reply(Reply(text: "a")), nil),
        ] as [(Action, String?)])
    func aWordNeedsItsNumber(action: Action, obstacle: String?) {
        #expect(Huggy.profile.obstacle(to: action, for: Self.account) == obstacle)
        #expect(Huggy.profile.obstacle(to: action, for: .unconfigured("main", .huggy)) == nil)
    }

    @Test func aFeatureThatItLacksIsToldFirst() {
        let team = Huggy.profile.obstacle(to: .route(.team("a")))
        #expect(team != nil && Huggy.profile.obstacle(to: .route(.team("a")), for: Self.account) == team)
    }

    @Test(
        arguments: [
            (["name": "Ana", "obs": .null], nil),
            (
                ["name": "Ana", "plano": "pro"],
                "Huggy's API is not known to take `plano` of a contact, only name, email, phone, mobile, address, city, "
                    + "district, state, obs"
            ),
        ] as [(Value.Object, String?)])
    func onlyKnownFieldsOfAContactAreTaken(attributes: Value.Object, obstacle: String?) {
        #expect(Huggy.profile.obstacle(to: .contact(attributes)) == obstacle)
    }
}
