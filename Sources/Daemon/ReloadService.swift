import Delivery
import ServiceLifecycle
import UnixSignals

/// Reloads on SIGHUP. Signals that come while it reloads are one more reload, however many they are.
struct ReloadService: Service, CustomStringConvertible {
    var description: String { "reload" }
    let reload: @Sendable () async -> Void

    func run() async {
        let asked = WakeSignal()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { asked.raise() }
            }
            group.addTask {
                while true {
                    await asked.wait()
                    if Task.isCancelled { return }
                    await reload()
                }
            }
            await group.next()
            group.cancelAll()
        }
    }
}
