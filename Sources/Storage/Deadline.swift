package import Model

/// What the clocks of this machine say at one moment.
package struct ClockReading: Sendable, Hashable {
    package var wall: Instant
    /// Another one after every boot.
    package var bootID: String
    /// Milliseconds since that boot, suspension counted. Never jumps, whatever is done to the wall clock.
    package var sinceBoot: Int64

    package init(wall: Instant, bootID: String, sinceBoot: Int64) {
        self.wall = wall
        self.bootID = bootID
        self.sinceBoot = sinceBoot
    }
}

/// A moment to come, by both clocks. In the boot in which it was set the clock since boot decides, so that setting the wall
/// clock neither hastens nor delays it; after a reboot the wall clock does.
package struct Deadline: Sendable, Hashable {
    package var wall: Instant
    package var bootID: String
    package var sinceBoot: Int64

    /// - Parameter clocks: as they are when it is set.
    package init(_ due: Instant, clocks: ClockReading) {
        wall = due
        bootID = clocks.bootID
        let ahead = due.since(clocks.wall).wholeMilliseconds
        sinceBoot = Instant(milliseconds: clocks.sinceBoot).adding(.milliseconds(ahead)).milliseconds
    }

    package init(wall: Instant, bootID: String, sinceBoot: Int64) {
        self.wall = wall
        self.bootID = bootID
        self.sinceBoot = sinceBoot
    }

    /// How long until it has come; zero or less when it has.
    package func remaining(at now: ClockReading) -> Duration {
        guard now.bootID == bootID else { return wall.since(now.wall) }
        return Instant(milliseconds: sinceBoot).since(Instant(milliseconds: now.sinceBoot))
    }

    /// When it comes, or when it came, on the wall clock as that is now.
    package func wallTime(at now: ClockReading) -> Instant { now.wall.adding(remaining(at: now)) }
}

/// A timer of a conversation, ready to be recorded.
package struct TimerDraft: Sendable, Hashable {
    package var timer: ConversationTimer
    package var vendor: VendorID
    package var deadline: Deadline

    package init(timer: ConversationTimer, vendor: VendorID, deadline: Deadline) {
        self.timer = timer
        self.vendor = vendor
        self.deadline = deadline
    }
}

extension [TimerDraft] {
    /// The timers of one conversation in the order in which they come up when they come up together. Of several with the same
    /// name the one that is due last counts.
    package var inOrder: [TimerDraft] {
        let sorted = sorted { ConversationTimer.precedes($0.timer, $1.timer) }
        var names: Set<String> = []
        return sorted.reversed().filter { names.insert($0.timer.name).inserted }.reversed()
    }
}

extension InternalEvent {
    /// What a timer is when it comes up.
    package init(_ draft: TimerDraft, of conversation: ConversationKey) {
        self.init(conversation: conversation, vendor: draft.vendor, cause: .timer(draft.timer))
    }
}

/// How many timers may be moved into the inbox at once.
package struct TimerLimits: Sendable, Hashable {
    /// Of those set since the last boot.
    package var ofThisBoot: Int
    /// Of those set before it: after a long time without power they would come as a flood.
    package var ofEarlierBoots: Int

    package init(ofThisBoot: Int, ofEarlierBoots: Int) {
        self.ofThisBoot = ofThisBoot
        self.ofEarlierBoots = ofEarlierBoots
    }
}

/// What came of looking for due timers.
package struct TimerSweep: Sendable, Hashable {
    /// Timers that are events in the inbox now.
    package var fired: Int
    /// How long until the next one comes up; zero when some that are due were left for the limits, nil when none waits.
    package var next: Duration?

    package init(fired: Int, next: Duration?) {
        self.fired = fired
        self.next = next
    }
}
