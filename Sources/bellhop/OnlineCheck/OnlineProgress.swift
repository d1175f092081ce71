import Foundation

/// How many vendors have answered, on one line of a terminal's stderr, once it has lasted long enough to wonder.
struct OnlineProgress {
    private let count: Int
    private let isShown: Bool
    private var isLong = false

    init(count: Int, isShown: Bool) {
        self.count = count
        self.isShown = isShown && isatty(STDERR_FILENO) == 1
    }

    /// - Parameter isLong: true when half a second is over.
    mutating func show(done: Int, isLong: Bool) {
        self.isLong = self.isLong || isLong
        guard isShown, self.isLong else { return }
        Output.draw("\rasking the vendors: \(done) of \(count) accounts done\u{1B}[K")
    }

    /// Takes the line away.
    func end() {
        if isShown, isLong { Output.draw("\r\u{1B}[K") }
    }
}
