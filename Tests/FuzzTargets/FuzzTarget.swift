/// Something that reads what comes from outside: it takes any bytes, and must neither crash, hang nor break what it promises.
package struct FuzzTarget: Sendable {
    /// Also the name of its corpus.
    package let name: String
    package let run: @Sendable ([UInt8]) -> Void

    package init(_ name: String, _ run: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.run = run
    }

    package static let all: [FuzzTarget] = [
        json, payload, answer, rules, tests, configuration, text, pattern, headers, control, state, connection, address,
    ]

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Ends the process as a crash would, so that a fuzzer keeps the input.
func demand(_ holds: Bool, _ promise: @autoclosure () -> String) {
    if !holds { fatalError("broken promise: \(promise())") }
}

/// The bytes before the first line end, and those after it: two inputs in one.
func halves(_ bytes: [UInt8]) -> (first: String, second: String) {
    let end = bytes.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
    return (String(decoding: bytes[..<end], as: UTF8.self), String(decoding: bytes[end...].dropFirst(), as: UTF8.self))
}
