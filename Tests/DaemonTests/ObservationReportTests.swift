import Daemon
import Model
import Rules
import Testing

@Suite struct ObservationReportTests {
    private static let at = SourcePosition(file: "rules/a.yaml", line: 3, column: 5)

    private static func observation(
        _ minute: Int64, in conversation: String = "1", handler: Handler? = .bot,
        _ actions: [Action] = [.reply(Reply(text: "hi")), .note("x")]
    ) -> Observation {
        Observation(
            at: Instant(seconds: minute * 60), eventID: "e\(minute)", account: "shop", conversation: conversation,
            handler: handler, actions: actions)
    }

    private static func report(
        _ observations: [Observation], oncePer: [CooldownScope: CooldownWindow] = [:], human: Bool = false
    ) -> ObservationReport {
        let rule = Rule(id: "quiet", at: at, actions: [], oncePer: oncePer, mode: .observe, actsBesideHuman: human)
        return ObservationReport(observations, of: rule, since: nil, answerWindow: .seconds(60))
    }

    @Test func aHumanKeepsTheBotSilentButNotFromNotes() {
        let report = Self.report([
            Self.observation(1, handler: .human), Self.observation(2, handler: .human, [.reply(Reply(text: "hi"))]),
            Self.observation(3, handler: nil),
        ])
        #expect(report.judged.map(\.suppression) == [nil, .human, nil])
        #expect(report.judged.map { $0.actions.map(\.kind) } == [[.note], [], [.reply, .note]])
        #expect(report.actionCounts.map(\.kind) == [.note, .reply] && report.actionCounts.map(\.count) == [2, 1])
        let acting = Self.report([Self.observation(1, handler: .human)], human: true)
        #expect(acting.judged[0].actions.map(\.kind) == [.reply, .note])
    }

    @Test func aWindowCountsAsIfTheRuleHadBeenLive() {
        let observations = [1, 5, 11, 12].map { Self.observation($0) } + [Self.observation(6, in: "2")]
        let report = Self.report(observations, oncePer: [.conversation: .duration(.seconds(600))])
        #expect(report.judged.map(\.observation.eventID) == ["e1", "e5", "e6", "e11", "e12"])
        #expect(report.judged.map(\.suppression) == [nil, .oncePer, nil, nil, .oncePer])
        #expect(Self.report(observations, oncePer: [.account: .ever]).runCount == 1)
    }

    @Test func theFirstMessageOfAnAgentWithinTheTimeIsTheAnswer() {
        var observations = [Self.observation(1), Self.observation(2), Self.observation(9)]
        let agent = [8, 3, 4].map { Instant(seconds: $0 * 60) }
        observations.noteAnswers([ConversationKey(account: "shop", conversation: "1"): agent], within: .seconds(60))
        #expect(observations.map(\.answeredAt) == [nil, Instant(seconds: 180), nil])
    }

    @Test func theLatestExamplesAreShown() {
        let report = Self.report((1...5).map { Self.observation($0) }).value(examples: 2)
        #expect(report["events"] == 5 && report["would_run"] == 5)
        let examples = report["effects"]?["0"]?["examples"]?.array ?? []
        #expect(examples.map { $0["event"] } == ["e4", "e5"])
        #expect(examples.first?["values"] == [["text": "hi"]])
    }
}
