import Daemon
import Foundation
import Model
import RuleFiles
import Rules
import Synchronization

/// Captured traffic by the million, decided on all cores in little room: while lanes decide one batch, the next is decoded and
/// the one after it read.
///
/// The number of lanes does not depend on the number of cores, and each lane has its events in order: so the answer does not
/// depend on the cores either.
struct TrafficRun {
    let decoder: CaptureDecoder
    let lanes: TrafficLanes
    /// False when every event has one time.
    let hasTimers: Bool
    let jobs: Int
    let isQuiet: Bool

    private static let laneCount = 32
    /// A batch is so many groups, each decoded by one core.
    private static let groupCount = 16
    private static let groupBytes = 256 << 10
    private static let groupWebhooks = 512
    /// Inputs that cannot be read are told one by one, up to so many.
    private static let complaintLimit = 10

    init(decoder: CaptureDecoder, coupling: TrafficLanes.Coupling, hasTimers: Bool, jobs: Int, isQuiet: Bool) {
        self.decoder = decoder
        lanes = TrafficLanes(count: Self.laneCount, coupling: coupling)
        self.hasTimers = hasTimers
        self.jobs = jobs
        self.isQuiet = isQuiet
    }

    struct Result<Lane: TrafficLane> {
        var lanes: [Lane]
        var count: TrafficCount
        /// True when a file or folder was not there or could not be read.
        var hasMissedInput: Bool
        /// True when the user ended it.
        var isInterrupted: Bool { Interruption.isAsked }
    }

    /// Feeds every lane to its end, or to Ctrl-C. Inputs that cannot be read are told on stderr.
    /// - Parameter note: what the progress says, besides how much was read.
    func run<Lane: TrafficLane>(_ inputs: [String], lane: () -> Lane) -> Result<Lane> {
        Interruption.begin()
        let boxes = (0..<lanes.count).map { _ in LaneBox(lane()) }
        let source = CapturedSource(inputs, pieceBytes: Self.groupBytes)
        var progress = Progress(totalBytes: CapturedInput.byteCount(of: inputs), isQuiet: isQuiet)
        var count = TrafficCount()
        var known: Set<IDDigest> = []
        var waiting = Self.groups(of: source)
        var decided = TrafficBatch([], hasTimers: hasTimers, known: &known, count: &count)
        while !waiting.isEmpty || !decided.isEmpty {
            let (decoded, next) = round(waiting, decided, boxes, source)
            for group in decoded {
                count.webhooks += group.webhooks
                complain(group.failures, &count)
                progress.advance(bytes: group.bytes, count: group.webhooks) { "\(count.events) events" }
            }
            decided = TrafficBatch(decoded.map(\.events), hasTimers: hasTimers, known: &known, count: &count)
            waiting = next
        }
        for box in boxes { box.finish() }
        progress.end()
        let shown = min(count.unreadable, Self.complaintLimit)
        if count.unreadable > shown { Output.complain("and \(count.unreadable - shown) more that cannot be read") }
        return Result(
            lanes: boxes.map(\.lane), count: count, hasMissedInput: source.hasMissed)
    }

    private func complain(_ failures: [DecodedGroup.Failure], _ count: inout TrafficCount) {
        for failure in failures {
            if count.unreadable < Self.complaintLimit {
                Output.complain(Console.clean("\(failure.place.text): \(failure.message)"))
            }
            count.unreadable += 1
        }
    }

    /// One batch is decided, the next decoded, the one after it read: all at once.
    private func round<Lane: TrafficLane>(
        _ groups: [[CapturedPiece]], _ batch: TrafficBatch, _ boxes: [LaneBox<Lane>], _ source: CapturedSource
    ) -> (decoded: [DecodedGroup], next: [[CapturedPiece]]) {
        let decoded = Mutex<[DecodedGroup?]>(Array(repeating: nil, count: groups.count))
        let next = Mutex<[[CapturedPiece]]>([])
        let laneCount = batch.isEmpty ? 0 : boxes.count
        perform(1 + laneCount + groups.count, jobs: jobs) { number in
            if number == 0 {
                let read = Self.groups(of: source)
                next.withLock { $0 = read }
            } else if number <= laneCount {
                boxes[number - 1].take(number - 1, of: batch)
            } else {
                let place = number - 1 - laneCount
                let group = DecodedGroup(groups[place], decoder, lanes)
                decoded.withLock { $0[place] = group }
            }
        }
        return (decoded.withLock { $0.compactMap(\.self) }, next.withLock { $0 })
    }

    private static func groups(of source: CapturedSource) -> [[CapturedPiece]] {
        source.groups(groupCount, bytes: groupBytes, webhooks: groupWebhooks)
    }
}

/// A lane that one core at a time works on.
private final class LaneBox<Lane: TrafficLane>: Sendable {
    private let content: Mutex<(lane: Lane, passed: Instant?)>

    init(_ lane: Lane) { content = Mutex((lane, nil)) }

    func take(_ number: Int, of batch: TrafficBatch) {
        content.withLock { content in batch.feed(number, &content.lane, passed: &content.passed) }
    }

    func finish() {
        content.withLock { content in content.lane.finish(passed: content.passed) }
    }

    var lane: Lane { content.withLock { $0.lane } }
}

/// What came of decoding a group of pieces.
private struct DecodedGroup: Sendable {
    var events: [TrafficEvent] = []
    var webhooks = 0
    var bytes = 0
    var failures: [Failure] = []

    struct Failure: Sendable {
        var place: TrafficPlace
        var message: String
    }

    init(_ pieces: [CapturedPiece], _ decoder: CaptureDecoder, _ lanes: TrafficLanes) {
        for piece in pieces {
            bytes += piece.byteCount
            piece.forEach { webhook in
                webhooks += 1
                let place = TrafficPlace(source: webhook.source, line: webhook.line)
                switch decoder.decoded(webhook) {
                case .success(let decoded):
                    for event in decoded.events { events.append(TrafficEvent(event, place: place, lanes: lanes)) }
                case .failure(let error): failures.append(Failure(place: place, message: error.message))
                }
            }
        }
    }
}
