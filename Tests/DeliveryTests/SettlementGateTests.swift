import Testing

@testable import Delivery

@Suite(.timeLimit(.minutes(15))) struct SettlementGateTests {
    @Test func isClosedWhenNobodyIsInsideAndLetsNobodyInUntilItIsOpened() async {
        let gate = SettlementGate()
        let steps = Mailbox<String>()
        await gate.enter()
        await gate.enter()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await gate.close()
                steps.put("closed")
                // Whoever comes now waits.
                async let late: Void = {
                    await gate.enter()
                    steps.put("late")
                    gate.leave()
                }()
                for _ in 0..<50 { await Task.yield() }
                steps.put("opens")
                gate.open()
                await late
            }
            for _ in 0..<50 { await Task.yield() }
            steps.put("first leaves")
            gate.leave()
            for _ in 0..<50 { await Task.yield() }
            steps.put("second leaves")
            gate.leave()
        }
        #expect(await steps.take(5) == ["first leaves", "second leaves", "closed", "opens", "late"])
        await gate.close()
        gate.open()
    }
}
