import Foundation

/// Parts of Bellhop in loops, for `benchmarks/bench.py`: `bellhop-bench COMMAND ARGUMENT…` prints one line of JSON.
@main enum BenchMain {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            print(try await run(arguments.first ?? "", Arguments(Array(arguments.dropFirst()))))
        } catch {
            FileHandle.standardError.write(Data("bellhop-bench: \(error)\n".utf8))
            exit(1)
        }
    }

    private static func run(_ command: String, _ arguments: Arguments) async throws -> String {
        switch command {
        case "decide": try Deciding.measure(arguments)
        case "fold": try FoldingBench.measure(arguments)
        case "fold-to": try FoldingBench.write(arguments)
        case "load": try Loading.measure(arguments)
        case "payload": try PayloadBench.measure(arguments)
        case "deliver": try await Delivering.measure(arguments)
        default: throw BenchError("there is no measure '\(command)'")
        }
    }
}

struct BenchError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// What stands behind the command.
struct Arguments {
    private let values: [String]

    init(_ values: [String]) { self.values = values }

    func text(_ place: Int, _ name: String) throws -> String {
        guard values.indices.contains(place) else { throw BenchError("\(name) is missing") }
        return values[place]
    }

    func number(_ place: Int, _ name: String) throws -> Int {
        guard let number = Int(try text(place, name)), number > 0 else { throw BenchError("\(name) is no number above 0") }
        return number
    }

    func lines(_ place: Int, _ name: String) throws -> [String] {
        let text = try String(contentsOfFile: text(place, name), encoding: .utf8)
        let lines = text.split(separator: "\n").map(String.init)
        guard !lines.isEmpty else { throw BenchError("\(name) is empty") }
        return lines
    }
}

/// Nanoseconds that each of `count` turns took.
func nanoseconds(_ count: Int, _ body: () throws -> Void) rethrows -> Double {
    let time = try ContinuousClock().measure(body)
    let (seconds, attoseconds) = time.components
    return (Double(seconds) * 1e9 + Double(attoseconds) / 1e9) / Double(count)
}

/// Keeps the optimiser from leaving out what nobody looks at.
@inline(never) func keep<T>(_ value: T) { withExtendedLifetime(value) {} }
