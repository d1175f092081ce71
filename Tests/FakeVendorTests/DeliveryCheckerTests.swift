import TestSupport
import Testing

/// The judge is judged: each fault is planted into a clean run, and must be found, and nothing else.
struct DeliveryCheckerTests {
    typealias Findings = DeliveryChecker.Findings

    /// Two conversations of three each, sent one after the other, ten milliseconds apart.
    struct Run: Sendable {
        var orders = ["a", "b"].flatMap { name in
            (1...3).map { DeliveryChecker.Order("\(name)\($0)", in: name, isFolded: true) }
        }
        var calls: [DeliveryChecker.Call]
        var arrivals: [DeliveryChecker.Arrival]

        init() {
            let marks = ["a1", "b1", "a2", "b2", "a3", "b3"]
            calls = marks.enumerated().map { .init($1, from: Int64($0) * 10, to: Int64($0) * 10 + 8) }
            arrivals = marks.enumerated().map { .init($1, in: String($1.prefix(1)), at: Int64($0) * 10 + 4) }
        }

        var findings: Findings {
            let limits = DeliveryChecker.Limits(call: 10, rate: .init(arrivals: 3, milliseconds: 21))
            return DeliveryChecker(orders, limits: limits).findings(calls: calls, arrivals: arrivals)
        }
    }

    @Test func aCleanRunIsClean() { #expect(Run().findings.isClean) }

    struct Fault: Sendable, CustomTestStringConvertible {
        var name: String
        var plant: @Sendable (inout Run) -> Void
        var find: @Sendable (inout Findings) -> Void

        var testDescription: String { name }
    }

    @Test(arguments: [
        Fault(name: "dropped") {
            $0.arrivals.remove(at: 2)
        } find: {
            $0.lost = ["a2"]
        },
        Fault(name: "arrived without effect") {
            $0.arrivals[3].tookEffect = false
        } find: {
            $0.lost = ["b2"]
        },
        Fault(name: "done, and never called") {
            $0.calls.remove(at: 5)
            $0.arrivals.remove(at: 5)
        } find: {
            $0.lost = ["b3"]
        },
        Fault(name: "repeated on the way") {
            $0.arrivals.insert($0.arrivals[1], at: 2)
        } find: {
            $0.silentlyRepeated = ["b1"]
            $0.twice = ["b1"]
            $0.overRate = ["a2", "b2"]
        },
        Fault(name: "repeated on the way without effect") {
            var repeated = $0.arrivals[5]
            repeated.tookEffect = false
            repeated.arrivedAt += 20
            $0.arrivals.append(repeated)
        } find: {
            $0.silentlyRepeated = ["b3"]
        },
        Fault(name: "sent again, and done again") {
            $0.calls[5].ending = .inDoubt
            $0.calls.append(.init("b3", from: 70, to: 75))
            $0.arrivals.append(.init("b3", in: "b", at: 74))
        } find: {
            $0.twice = ["b3"]
        },
        Fault(name: "sent again although it was done") {
            $0.orders[5].isFolded = false
            $0.calls.append(.init("b3", from: 70, to: 75))
            $0.arrivals.append(.init("b3", in: "b", at: 74))
        } find: {
            $0.needlesslyRepeated = ["b3"]
        },
        Fault(name: "sent again although it was refused for good") {
            $0.orders[5].isDone = false
            $0.calls[5].ending = .refused
            $0.arrivals[5].tookEffect = false
            $0.calls.append(.init("b3", from: 70, to: 75, ending: .putOff))
            $0.arrivals.append(.init("b3", in: "b", at: 74, tookEffect: false))
        } find: {
            $0.needlesslyRepeated = ["b3"]
        },
        Fault(name: "repeated on the way, and the other call of its mark dropped") {
            $0.calls[5].ending = .inDoubt
            $0.calls.append(.init("b3", number: 8, from: 70, to: 75))
            $0.arrivals.append($0.arrivals[5])
            $0.arrivals[6].arrivedAt += 20
            $0.arrivals[6].tookEffect = false
        } find: {
            $0.silentlyRepeated = ["b3"]
        },
        Fault(name: "begun before its predecessor ended") {
            $0.calls[2].endedAt = 41
            $0.calls[2].startedAt = 33
        } find: {
            $0.overlapping = ["a3"]
        },
        Fault(name: "arrived although it was not sent") {
            $0.calls[4].ending = .notSent
        } find: {
            $0.silentlyRepeated = ["a3"]
        },
        Fault(name: "unknown") {
            $0.arrivals.append(.init("zz", in: "a", at: 74))
        } find: {
            $0.unknown = ["zz"]
        },
        Fault(name: "in the wrong conversation") {
            $0.arrivals[0].conversation = "b"
        } find: {
            $0.misplaced = ["a1"]
        },
        Fault(name: "swapped") {
            $0.arrivals.swapAt(2, 4)
            $0.arrivals[2].arrivedAt = 24
            $0.arrivals[4].arrivedAt = 44
        } find: {
            $0.outOfOrder = ["a2"]
        },
        Fault(name: "predecessor again after its successor") {
            $0.orders[0].isFolded = false
            $0.calls[0].ending = .inDoubt
            $0.calls.append(.init("a1", from: 70, to: 75))
            $0.arrivals.append(.init("a1", in: "a", at: 74))
        } find: {
            $0.outOfOrder = ["a1"]
        },
        Fault(name: "a slow call") {
            $0.calls[1].endedAt += 3
        } find: {
            $0.overTime = ["b1"]
        },
        Fault(name: "too many in a while") {
            $0.arrivals[3].arrivedAt = 24
        } find: {
            $0.overRate = ["b2"]
        },
    ])
    func findsAPlantedFault(_ fault: Fault) {
        var run = Run()
        fault.plant(&run)
        var expected = Findings()
        fault.find(&expected)
        #expect(run.findings == expected)
    }

    @Test func whatWasGivenUpIsNotLost() {
        var run = Run()
        run.orders[1].isDone = false
        run.arrivals.remove(at: 2)
        #expect(run.findings.isClean)
    }

    @Test func aRepeatThatIsNotFoldedMayTakeEffectTwice() {
        var run = Run()
        run.orders[5].isFolded = false
        run.calls[5].ending = .inDoubt
        run.calls.append(.init("b3", from: 70, to: 75))
        run.arrivals.append(.init("b3", in: "b", at: 74))
        #expect(run.findings.isClean)
    }
}
