import NIOCore

/// Runs a task on one event loop, between the work that the loop has of its own.
///
/// A request whose task runs where its bytes came from needs no other thread to be woken for it, neither when it comes nor
/// when it is answered; and a commit that answers many requests wakes each loop once. What runs here must not block: it keeps
/// the other connections of the loop waiting.
final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(_ loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
