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
                let signals = await UnixSignalsSequence(trapping: .sighup)
                if EarlySignals.takeReload() { asked.raise() }
                for await _ in signals.cancelOnGracefulShutdown() { asked.raise() }
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
