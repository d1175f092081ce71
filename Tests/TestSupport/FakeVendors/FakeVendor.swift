import Synchronization

/// A vendor's API on a server of its own: strict about what it documents, and misbehaving by schedule.
///
/// Whatever is not as documented (method, path, query, credentials, headers, body members and their types) is answered
/// with the vendor's error and kept as a sentence in `complaints`, which a test expects to be empty.
package final class FakeVendor<API: FakeVendorAPI>: Sendable {
    private let desk: FakeVendorDesk<API>
    private let server: FakeServer

    package init(_ api: API, schedule: MisbehaviourSchedule = .none, pace: FakePace = FakePace()) throws {
        desk = FakeVendorDesk(api: api, schedule: schedule, pace: pace)
        server = try FakeServer(desk)
        desk.setOrigin(server.origin)
    }

    /// What a sender is configured with: `http://127.0.0.1:PORT` and the API's base path, without a slash at its end.
    package var baseURL: String { server.origin + API.basePath }

    /// The same by TLS: every connection meets a certificate that must not be accepted, the expired, the self-signed and
    /// the one with the wrong name in turn.
    package var secureBaseURL: String { server.secureOrigin + API.basePath }

    /// Without the base path.
    package var origin: String { server.origin }

    package var secrets: [String: String] { desk.state.withLock { $0.api.secrets } }
    package var settings: [String: String] { desk.state.withLock { $0.api.settings } }

    /// What was not as documented, in order.
    package var complaints: [String] { desk.state.withLock { $0.complaints } }
    package var arrivals: [FakeArrival] { desk.state.withLock { $0.arrivals } }
    /// How many TLS handshakes were begun.
    package var handshakes: Int { desk.state.withLock { $0.handshakes } }

    /// What the vendor holds now.
    package var api: API { desk.state.withLock { $0.api } }

    package func change(_ body: (inout API) -> Void) { desk.state.withLock { body(&$0.api) } }

    /// From now on; request numbers go on.
    package func setSchedule(_ schedule: MisbehaviourSchedule) { desk.state.withLock { $0.schedule = schedule } }

    package func stop() { server.stop() }
}

/// What the server asks.
final class FakeVendorDesk<API: FakeVendorAPI>: FakeApplication {
    struct State {
        var api: API
        var schedule: MisbehaviourSchedule
        var origin = ""
        var turns = 0
        var handshakes = 0
        var complaints: [String] = []
        var arrivals: [FakeArrival] = []
    }

    let state: Mutex<State>
    private let pace: FakePace

    init(api: API, schedule: MisbehaviourSchedule, pace: FakePace) {
        state = Mutex(State(api: api, schedule: schedule))
        self.pace = pace
    }

    func setOrigin(_ origin: String) { state.withLock { $0.origin = origin } }

    func turn() -> FakeTurn {
        state.withLock { state in
            state.turns += 1
            return state.schedule.turn(state.turns)
        }
    }

    func stepsForTLS() -> [FakeStep] {
        let faults: [Misbehaviour] = [.expiredCertificate, .selfSignedCertificate, .wrongNameCertificate]
        let number = state.withLock { state in
            state.handshakes += 1
            return state.handshakes
        }
        return FakeTLS.steps(for: faults[(number - 1) % faults.count])
    }

    func steps(forMalformed fault: String, turn: FakeTurn) -> [FakeStep] {
        state.withLock { $0.complaints.append("request \(turn.number): \(fault)") }
        return [.send(FakeReply.empty(400).bytes), .close]
    }

    func steps(for request: FakeRequest, turn: FakeTurn, isRead: Bool) -> [FakeStep] {
        state.withLock { state in
            let reading = FakeReading(request, api: &state.api, takesEffect: turn.takesEffect)
            state.complaints += reading.complaints.map { "\(request.method) \(request.target): \($0)" }
            state.arrivals.append(FakeArrival(reading, of: request, turn: turn, isOverLimit: reading.isOverLimit))
            guard let misbehaviour = turn.misbehaviour else { return [.send(reading.answer.reply.bytes)] }
            let api = state.api
            return misbehaviour.steps(
                proper: reading.answer.reply, failure: { api.failure($0, misbehaviour.rawValue) },
                home: state.origin + "/redirected", pace: pace)
        }
    }
}

extension FakeArrival {
    init(_ reading: FakeReading<some FakeVendorAPI>, of request: FakeRequest, turn: FakeTurn, isOverLimit: Bool) {
        self.init(
            number: turn.number, arrivedAt: request.arrivedAt, connection: request.connection, place: request.place,
            method: request.method, target: request.target, operation: reading.operation,
            conversation: reading.answer.conversation, key: reading.answer.key, text: reading.answer.text,
            misbehaviour: turn.misbehaviour, status: reading.answer.reply.status,
            tookEffect: turn.takesEffect && reading.answer.change != nil, isRepeat: reading.answer.isRepeat,
            isOverLimit: isOverLimit, marks: Self.marks(in: request))
    }

    private static func marks(in request: FakeRequest) -> [String: String] {
        let prefix = "x-test-"
        let marks = request.headers.filter { $0.name.hasPrefix(prefix) }
        return Dictionary(marks.map { (String($0.name.dropFirst(prefix.count)), $0.value) }) { $0 + "," + $1 }
    }
}
