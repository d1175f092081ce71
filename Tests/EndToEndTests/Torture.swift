import Testing

/// Tests that need the machine for themselves: kills, full disks, overload. One runs after the other; each is a suite in an
/// extension of this.
@Suite(.serialized) enum Torture {}
