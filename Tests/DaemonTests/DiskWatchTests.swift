import Daemon
import Model
import Storage
import Synchronization
import Testing

@Suite struct DiskWatchTests {
    private final class Disk: Sendable {
        let condition = Mutex(StoreCondition(freeBytes: 1000, stopsBelowBytes: 100))
    }

    private func watch(_ disk: Disk, _ log: Lines, _ clock: ManualClock) -> DiskWatch {
        DiskWatch(surroundings: surroundings(log: log, clock: clock)) { disk.condition.withLock { $0 } }
    }

    /// R9: a line a minute while it is full, and one when it is over.
    @Test func tellsOfAFullDiskOnceAMinute() async {
        let (disk, log, clock) = (Disk(), Lines(), ManualClock())
        let watch = watch(disk, log, clock)
        await watch.look()
        #expect(log.all == [])
        disk.condition.withLock { ($0.freeBytes, $0.isFull) = (90, true) }
        for _ in 0..<59 {
            await watch.look()
            clock.advance(by: .seconds(1))
        }
        let full =
            "level=error msg=\"the disk is full: webhooks are answered 503, nothing is decided\" "
            + "free_bytes=90 needed_bytes=100\n"
        #expect(log.all == [full])
        #expect(watch.condition?.isFull == true)
        clock.advance(by: .seconds(1))
        await watch.look()
        #expect(log.all == [full, full])
        disk.condition.withLock { ($0.freeBytes, $0.isFull) = (160, false) }
        await watch.look()
        await watch.look()
        let over = "level=info msg=\"there is room on the disk again\" free_bytes=160 needed_bytes=100\n"
        #expect(log.all == [full, full, over])
        // Full again within the minute: nothing was told, so that nothing is over either.
        disk.condition.withLock { $0.isFull = true }
        await watch.look()
        disk.condition.withLock { $0.isFull = false }
        await watch.look()
        #expect(log.all == [full, full, over])
    }

    /// R10: a log that is large at three looks in a row, once a minute.
    @Test func warnsOfALogThatStaysLarge() async {
        let (disk, log, clock) = (Disk(), Lines(), ManualClock())
        let watch = watch(disk, log, clock)
        disk.condition.withLock { ($0.logBytes, $0.isLogLarge) = (70, true) }
        for _ in 0..<2 { await watch.look() }
        #expect(log.all == [])
        for _ in 0..<10 { await watch.look() }
        #expect(log.all.count == 1)
        #expect(log.all.first?.hasPrefix("level=warning msg=\"the store's log is large") == true)
        clock.advance(by: .seconds(60))
        await watch.look()
        #expect(log.all.count == 2)
    }

    @Test func isNotReadyOnAFullDisk() async {
        let disk = Disk()
        disk.condition.withLock { $0.isFull = true }
        let watch = watch(disk, Lines(), ManualClock())
        let probe = StoreProbe(store: MemoryStore(), surroundings: surroundings())
        let health = Health(probe: probe, box: EngineBox(), disk: watch)
        #expect(await health.obstacle() == .rules)
        await watch.look()
        #expect(await health.obstacle() == .disk)
    }

    @Test func showsTheDiskInTheMetrics() {
        let condition = StoreCondition(
            freeBytes: 5, stopsBelowBytes: 100, isFull: true, logBytes: 7, isLogLarge: true, busyTransactions: 2)
        let text = Metrics().text(nil, disk: condition)
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("bellhop_store_") }
        #expect(
            lines == [
                "bellhop_store_free_bytes 5", "bellhop_store_stop_bytes 100", "bellhop_store_full 1", "bellhop_store_wal_bytes 7",
                "bellhop_store_wal_large 1", "bellhop_store_busy_total 2",
            ])
        #expect(!Metrics().text(nil).contains("bellhop_store_"))
    }
}
