import Daemon
import Foundation
import Model
import Vendors

/// `payload VENDOR FILE TIMES`: from the bytes of a webhook to events, beside a decoder of Foundation that reads the same
/// bytes into a tree.
enum PayloadBench {
    static func measure(_ arguments: Arguments) throws -> String {
        guard let vendor = VendorCatalog.id(try arguments.text(0, "VENDOR")) else { throw BenchError("there is no such vendor") }
        let payloads = try arguments.lines(1, "FILE").map { Array($0.utf8) }
        let times = try arguments.number(2, "TIMES")
        let intake = PayloadIntake(settings: nil)
        let origin = PayloadIntake.Origin(vendor: vendor)
        let now = Instant(seconds: 1_795_176_000)
        var events = 0
        let ours = try nanoseconds(times * payloads.count) {
            for _ in 0..<times {
                for payload in payloads { events += try intake.events(in: payload, origin: origin, now: now).events.count }
            }
        }
        guard events > 0 else { throw BenchError("the payloads hold no event") }
        let decoder = JSONDecoder()
        let datas = payloads.map { Data($0) }
        let theirs = try nanoseconds(times * payloads.count) {
            for _ in 0..<times { for data in datas { keep(try decoder.decode(Tree.self, from: data)) } }
        }
        return "{\"ns_per_payload\": \(ours), \"decoder_ns_per_payload\": \(theirs)}"
    }
}

/// Any JSON, as Foundation decodes it.
private enum Tree: Decodable {
    case object([String: Tree])
    case array([Tree])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let object = try? container.decode([String: Tree].self) {
            self = .object(object)
        } else {
            self = .array(try container.decode([Tree].self))
        }
    }
}
