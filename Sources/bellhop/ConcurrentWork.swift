import Dispatch
import Synchronization

/// Pieces of work for several cores: whoever is free takes the next.
func perform(_ count: Int, jobs: Int, _ work: @Sendable (Int) -> Void) {
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: min(max(1, jobs), count)) { _ in
        while true {
            let (number, _) = next.add(1, ordering: .relaxed)
            guard number < count else { return }
            work(number)
        }
    }
}
