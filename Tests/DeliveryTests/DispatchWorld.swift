import Delivery
import Logging
import Model
import Storage
import Synchronization
import VendorKit

/// A dispatcher in a world that stands still.
struct World {
    let store: ObservedStore
    let time: ManualTime
    let transport: RecordingTransport
    let dispatcher: Dispatcher
    let log = RecordingLog()
    let printed = Mailbox<PrintedDelivery>()
    let notices = Mailbox<AccountNotice>()
    private let reports = Mailbox<DeliveryReport>()

    init(
        destinations: FixedDestinations = FixedDestinations(), policy: RetryPolicy = RetryPolicy(),
        limits: DispatchLimits = DispatchLimits(), store: ObservedStore = ObservedStore(), time: ManualTime = ManualTime(),
        calling realTransport: (any Transport)? = nil,
        _ script: @escaping @Sendable (String, Int) -> TransportResult? = { _, _ in .status(200) }
    ) {
        self.store = store
        self.time = time
        transport = RecordingTransport(time: time, script)
        let (printed, reports, notices) = (printed, reports, notices)
        dispatcher = Dispatcher(
            store: store, destinations: destinations, transport: realTransport ?? transport,
            surroundings: DispatchSurroundings(
                clocks: { time.clocks }, random: { 0.5 }, sleep: { await time.sleep(until: $0) }, print: { printed.put($0) },
                observe: { reports.put($0) }, notice: { notices.put($0) }, logger: log.logger),
            policy: policy, limits: limits)
    }

    func plan(_ effects: Effect..., state: ConversationState = ConversationState(), event: String = #function) async throws {
        try await store.plan(
            effects, state: state, event: event + (effects.first?.key ?? ""), at: time.now)
    }

    func nextReports(_ count: Int) async -> [DeliveryReport] { await reports.take(count) }

    /// Lets the dispatcher run while `body` does, and stops it then.
    func running<Result>(_ body: () async throws -> Result) async rethrows -> Result {
        async let run: Void = dispatcher.run()
        do {
            let result = try await body()
            await dispatcher.stop()
            await run
            return result
        } catch {
            await dispatcher.stop()
            throw error
        }
    }

    /// Lets the dispatcher run, and time pass whenever nothing is under way, until `body` has seen enough.
    func runningThroughTime<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) async -> Result {
        await running {
            async let result = body()
            let driver = Task {
                while !Task.isCancelled {
                    await time.anySleeper()
                    await calm()
                    if !Task.isCancelled { time.advanceToNextSleeper() }
                }
            }
            defer { driver.cancel() }
            return await result
        }
    }

    /// The same until that many attempts are reported.
    func runningThroughTime(_ count: Int) async -> [DeliveryReport] {
        await runningThroughTime { await nextReports(count) }
    }

    /// Returns when nothing has been under way for a while, or when the task is cancelled: who was woken must get its turn
    /// before time goes on.
    private func calm() async {
        var calmTurns = 0
        while calmTurns < 30, !Task.isCancelled {
            calmTurns = isBusy ? 0 : calmTurns + 1
            await Task.yield()
        }
    }

    private var isBusy: Bool { dispatcher.accountConditions.values.contains { $0.inFlight > 0 } }
}

/// Values that come from anywhere, taken in order.
final class Mailbox<Value: Sendable>: Sendable {
    private struct State {
        var values: [Value] = []
        var expected: (count: Int, CheckedContinuation<[Value], Never>)?
    }

    private let state = Mutex(State())

    func put(_ value: Value) {
        let delivery = state.withLock { state -> ([Value], CheckedContinuation<[Value], Never>)? in
            state.values.append(value)
            guard let (count, continuation) = state.expected, state.values.count >= count else { return nil }
            state.expected = nil
            let taken = Array(state.values.prefix(count))
            state.values.removeFirst(count)
            return (taken, continuation)
        }
        if let (values, continuation) = delivery { continuation.resume(returning: values) }
    }

    /// Waits for that many.
    func take(_ count: Int) async -> [Value] {
        await withCheckedContinuation { continuation in
            let taken = state.withLock { state -> [Value]? in
                guard state.values.count >= count else {
                    state.expected = (count, continuation)
                    return nil
                }
                let taken = Array(state.values.prefix(count))
                state.values.removeFirst(count)
                return taken
            }
            if let taken { continuation.resume(returning: taken) }
        }
    }
}

/// Lets nobody through until it is opened.
final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}

/// Keeps level and message of each line.
final class RecordingLog: Sendable {
    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    fileprivate func add(_ line: String) { state.withLock { $0.append(line) } }

    private struct Handler: LogHandler {
        let log: RecordingLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { log.add("\(event.level): \(event.message)") }
    }
}
