import Foundation
import TestSupport

/// What a traced daemon asked of the kernel, in order.
struct SystemCalls {
    struct Call {
        var thread: Int
        var name: Substring
        /// Places in the trace: what ended at a place before another began was over by then.
        var begun: Int
        var ended: Int
        /// Between the brackets, as `strace` writes it.
        var arguments: ArraySlice<UInt8>
        /// Nil when the process died in it.
        var result: Int?
        var isInjected: Bool
    }

    private(set) var calls: [Call] = []

    /// Reads what `strace -f -o FILE` wrote. In order of their ends.
    init(path: String) throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        var open: [Int: (name: Substring, begun: Int, arguments: ArraySlice<UInt8>)] = [:]
        var place = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            place += 1
            guard let space = line.firstIndex(of: 0x20), let thread = Int(Self.text(line[..<space])) else { continue }
            let rest = line[space...].drop { $0 == 0x20 }
            if rest.starts(with: "<... ".utf8) {
                guard let begin = open.removeValue(forKey: thread), let mark = rest.firstIndex(of: UInt8(ascii: ">")) else {
                    continue
                }
                let (arguments, result, isInjected) = Self.ending(rest[(mark + 1)...])
                calls.append(
                    Call(
                        thread: thread, name: begin.name, begun: begin.begun, ended: place,
                        arguments: arguments.isEmpty ? begin.arguments : begin.arguments + arguments, result: result,
                        isInjected: isInjected))
            } else if let bracket = rest.prefix(40).firstIndex(of: UInt8(ascii: "(")) {
                let name = Self.text(rest[..<bracket])
                let inside = rest[(bracket + 1)...]
                if inside.suffix(16).elementsEqual("<unfinished ...>".utf8) {
                    open[thread] = (name, place, inside.dropLast(16))
                    continue
                }
                let (arguments, result, isInjected) = Self.ending(inside)
                calls.append(
                    Call(
                        thread: thread, name: name, begun: place, ended: place, arguments: arguments, result: result,
                        isInjected: isInjected))
            }
        }
        // Begun, and never ended: the process died in them.
        for (thread, begin) in open {
            calls.append(
                Call(
                    thread: thread, name: begin.name, begun: begin.begun, ended: .max, arguments: begin.arguments, result: nil,
                    isInjected: false))
        }
    }

    /// `7</path>, "…", 24, 0) = 24 (INJECTED)` after the opening bracket.
    private static func ending(_ line: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, Int?, isInjected: Bool) {
        let tail = line.suffix(120)
        guard let equals = tail.indices.last(where: { tail[$0...].starts(with: " = ".utf8) }) else { return (line, nil, false) }
        let words = text(tail[(equals + 3)...])
        let arguments = line[..<equals].trimmingEnd(" ")
        return (
            arguments.last == UInt8(ascii: ")") ? arguments.dropLast() : arguments,
            Int(words.prefix { $0 == "-" || $0.isNumber }), words.hasSuffix("(INJECTED)")
        )
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> Substring { Substring(decoding: bytes, as: UTF8.self) }
}

extension SystemCalls.Call {
    /// Number of the descriptor that comes first.
    var descriptor: Int? { Int(String(decoding: arguments.prefix { (0x30...0x39).contains($0) }, as: UTF8.self)) }

    /// The path that `strace -y` writes behind the descriptor.
    var path: Substring {
        guard let start = arguments.prefix(12).firstIndex(of: UInt8(ascii: "<")),
            let end = arguments[start...].prefix(4096).firstIndex(of: UInt8(ascii: ">"))
        else { return "" }
        let path = arguments[(start + 1)..<end]
        // With `-xx` it is in hexadecimal like everything else.
        return Substring(decoding: path.first == UInt8(ascii: "\\") ? Self.unescaped(path)[...] : path, as: UTF8.self)
    }

    /// True for the file and its log of that store.
    func isOf(_ name: String) -> Bool { path.hasSuffix("/" + name) }

    /// The numbers behind the last commas, in order.
    func lastNumbers(_ count: Int) -> [Int] {
        arguments.suffix(80).split(separator: UInt8(ascii: ",")).suffix(count).compactMap {
            Int(String(decoding: $0.filter { $0 != 0x20 }, as: UTF8.self))
        }
    }

    func contains(_ text: String) -> Bool { Self.firstIndex(of: Array(text.utf8), in: arguments) != nil }

    /// The load's events whose body is in what is written or read. Their names stand there twice, so that one is whole also
    /// where the body goes on in another page.
    var events: Set<LoadEvent> {
        var events: Set<LoadEvent> = []
        for mark in ["order ev", #"\"id\":\"ev"#] {
            let mark = Array(mark.utf8)
            var rest = arguments
            while let start = Self.firstIndex(of: mark, in: rest) {
                rest = rest[(start + mark.count - 2)...]
                let name = rest.prefix { $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "\"") }.prefix(40)
                // Cut off by the end of what was written, it could be the beginning of another's.
                guard rest.dropFirst(name.count).starts(with: #"\""#.utf8) else { continue }
                if let event = LoadEvent(in: Substring(decoding: name, as: UTF8.self)) { events.insert(event) }
            }
        }
        return events
    }

    private static func firstIndex(of needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        guard let first = needle.first else { return bytes.startIndex }
        return bytes.withUnsafeBufferPointer { buffer in
            var index = 0
            while let base = buffer.baseAddress, index + needle.count <= buffer.count,
                let found = memchr(base + index, Int32(first), buffer.count - index - needle.count + 1)
            {
                index = UnsafeRawPointer(base).distance(to: found)
                if memcmp(found, needle, needle.count) == 0 { return bytes.startIndex + index }
                index += 1
            }
            return nil
        }
    }

    /// What `strace -xx` wrote of the bytes: `"\x0a\x1f"`.
    var data: [UInt8] {
        guard let start = arguments.firstIndex(of: UInt8(ascii: "\"")) else { return [] }
        return Self.unescaped(arguments[(start + 1)...])
    }

    private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var data: [UInt8] = []
        data.reserveCapacity(text.count / 4)
        text.withUnsafeBufferPointer { text in
            var index = 0
            while index + 3 < text.count, text[index] == UInt8(ascii: "\\") {
                data.append(digit(text[index + 2]) << 4 | digit(text[index + 3]))
                index += 4
            }
        }
        return data
    }

    private static func digit(_ byte: UInt8) -> UInt8 { byte > 0x39 ? (byte | 0x20) &- 0x61 &+ 10 : byte & 0xf }
}

extension ArraySlice<UInt8> {
    fileprivate func trimmingEnd(_ character: Character) -> ArraySlice<UInt8> {
        var rest = self
        while let last = rest.last, last == character.asciiValue { rest.removeLast() }
        return rest
    }
}
