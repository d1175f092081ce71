import Delivery
import Foundation
import Model
import Synchronization
import VendorKit

/// `deliver URL COUNT`: calls by the transport alone, 64 at a time.
enum Delivering {
    private static let connections = 64

    static func measure(_ arguments: Arguments) async throws -> String {
        let url = try arguments.text(0, "URL")
        let count = try arguments.number(1, "COUNT")
        let transport = try CurlTransport(version: "bench")
        let text = String(repeating: "Obrigado, a sua encomenda chega amanhã. ", count: 8)
        let request = VendorRequest(method: "POST", url: url, body: .json(["room": "c1", "text": .string(text)]))
        let tally = Tally()
        let clock = ContinuousClock()
        let start = clock.now
        await withTaskGroup { group in
            for _ in 0..<connections {
                group.addTask {
                    while tally.next.add(1, ordering: .relaxed).oldValue < count {
                        guard case .response(let response) = await transport.send(request, secrets: [:]), response.status == 200
                        else {
                            tally.failed.add(1, ordering: .relaxed)
                            continue
                        }
                    }
                }
            }
        }
        let time = clock.now - start
        await transport.close(within: .seconds(5))
        guard tally.failed.load(ordering: .relaxed) == 0 else { throw BenchError("calls failed") }
        let (seconds, attoseconds) = time.components
        return "{\"calls_per_second\": \(Double(count) / (Double(seconds) + Double(attoseconds) / 1e18))}"
    }
}

private final class Tally: Sendable {
    let next = Atomic(0)
    let failed = Atomic(0)
}
