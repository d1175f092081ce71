import Foundation
import JSON
import Model
import RuleFiles
import Vendors

/// Some captured webhooks that were read and not looked at yet: any core may do that.
struct CapturedPiece: Sendable {
    let source: String
    let content: Content

    enum Content: Sendable {
        /// Lines that are webhooks, without blank ones.
        case lines([UInt8], [Line])
        /// One payload.
        case payload([UInt8])
        case unreadable(PayloadError)
    }

    struct Line: Sendable {
        var range: Range<Int>
        var number: Int
    }

    var count: Int {
        switch content {
        case .lines(_, let lines): lines.count
        case .payload, .unreadable: 1
        }
    }

    var byteCount: Int {
        switch content {
        case .lines(let bytes, _), .payload(let bytes): bytes.count
        case .unreadable: 0
        }
    }

    /// In parts of so many webhooks at most.
    func parts(of most: Int) -> [CapturedPiece] {
        guard case .lines(let bytes, let lines) = content, lines.count > most else { return [self] }
        return stride(from: 0, to: lines.count, by: most).map { start in
            let part = Array(lines[start..<min(start + most, lines.count)])
            let range = (part.first?.range.lowerBound ?? 0)..<(part.last?.range.upperBound ?? 0)
            let moved = part.map { line in
                Line(
                    range: (line.range.lowerBound - range.lowerBound)..<(line.range.upperBound - range.lowerBound),
                    number: line.number)
            }
            return CapturedPiece(source: source, content: .lines(Array(bytes[range]), moved))
        }
    }

    /// In order.
    func forEach(_ body: (CapturedWebhook) throws -> Void) rethrows {
        switch content {
        case .lines(let bytes, let lines):
            for line in lines {
                try body(CapturedWebhook(captured: Array(bytes[line.range]), source: source, line: line.number))
            }
        case .payload(let bytes): try body(CapturedWebhook(captured: bytes, source: source, line: 1))
        case .unreadable(let error): try body(CapturedWebhook(source: source, line: 1, body: .failure(error)))
        }
    }
}

/// Reads inputs a piece at a time: a file of any size takes no more room than a piece, or its longest line.
struct CapturedReader {
    private var inputs: ArraySlice<String>
    /// Of the folder that is read.
    private var files: ArraySlice<String> = []
    private var lines: LineCutter?
    private let pieceBytes: Int
    private let pieceWebhooks: Int
    /// Of the piece that was read last.
    private var parts: ArraySlice<CapturedPiece> = []
    /// True once an input was not there or could not be read.
    private(set) var hasMissed = false

    init(_ inputs: [String], pieceBytes: Int = 1 << 20, pieceWebhooks: Int = .max) {
        self.inputs = inputs[...]
        self.pieceBytes = pieceBytes
        self.pieceWebhooks = max(1, pieceWebhooks)
    }

    /// Nil at the end, and once the user asked for it.
    mutating func next() -> CapturedPiece? {
        while !Interruption.isAsked {
            if let part = parts.popFirst() { return part }
            if lines != nil {
                if let piece = lines?.next() {
                    // It was not read to its end.
                    if Interruption.isAsked { return nil }
                    if case .unreadable = piece.content { hasMissed = true }
                    parts = piece.parts(of: pieceWebhooks)[...]
                    continue
                }
                lines = nil
            }
            if let file = files.popFirst() {
                if let piece = open(file) { return piece }
                continue
            }
            guard let input = inputs.popFirst() else { return nil }
            if let piece = begin(input) { return piece }
        }
        return nil
    }

    /// Opens an input, or tells why it cannot be read.
    private mutating func begin(_ input: String) -> CapturedPiece? {
        if input == "-" {
            lines = LineCutter(.standardInput, source: "-", pieceBytes: pieceBytes, isLines: false)
            return nil
        }
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: input, isDirectory: &isFolder) else {
            hasMissed = true
            return unreadable("there is no file or folder \(input)", input)
        }
        files = (isFolder.boolValue ? CapturedInput.files(below: input) : [input])[...]
        return nil
    }

    private mutating func open(_ path: String) -> CapturedPiece? {
        let bare = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
        guard let stream = ByteStream(path: path) else {
            hasMissed = true
            return unreadable("\(path) cannot be read", path)
        }
        let isLines = bare.hasSuffix(".jsonl") || bare.hasSuffix(".ndjson")
        lines = LineCutter(stream, source: path, pieceBytes: pieceBytes, isLines: isLines)
        return nil
    }

    private func unreadable(_ message: String, _ source: String) -> CapturedPiece {
        CapturedPiece(source: source, content: .unreadable(PayloadError(code: "unreadable", message: message)))
    }
}

/// Cuts a stream into pieces of whole lines; a file that is one JSON document stays whole.
private struct LineCutter {
    private let stream: ByteStream
    private let source: String
    private let pieceBytes: Int
    /// What was read and is not given out: the beginning of a line.
    private var rest: [UInt8] = []
    private var number = 0
    private var isAtStart = true
    private var isAtEnd = false
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
    /// Nil until the beginning of the file tells it.
    private var isLines: Bool?

    init(_ stream: ByteStream, source: String, pieceBytes: Int, isLines: Bool) {
        self.stream = stream
        self.source = source
        self.pieceBytes = pieceBytes
        self.isLines = isLines ? true : nil
    }

    mutating func next() -> CapturedPiece? {
        if isLines == nil {
            guard let isLineFile = looksAhead() else { return unreadable }
            isLines = isLineFile
            if !isLineFile { return whole() }
        }
        while true {
            if let end = rest.lastIndex(of: UInt8(ascii: "\n")), rest.count >= pieceBytes || isAtEnd {
                let piece = cut(upTo: end + 1)
                if piece.count > 0 { return piece }
            } else if isAtEnd {
                guard !rest.isEmpty else { return nil }
                let piece = cut(upTo: rest.count)
                return piece.count > 0 ? piece : nil
            }
            guard isAtEnd || more() else { return unreadable }
        }
    }

    /// Of a file whose name does not say so: lines, unless all of it is one document. Nil when it cannot be read.
    private mutating func looksAhead() -> Bool? {
        while true {
            if let line = firstLine() {
                guard (try? JSONDocument(Array(rest[line]))) != nil else { return false }
                // What stands behind a whole document is a second line.
                if rest[line.upperBound...].contains(where: { !Self.isBlank($0) }) { return true }
            }
            if isAtEnd { return false }
            guard more() else { return nil }
        }
    }

    /// The first line that is not blank, once its end was read.
    private func firstLine() -> Range<Int>? {
        guard let start = rest.firstIndex(where: { !Self.isBlank($0) }),
            let end = rest[start...].firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return start..<end
    }

    private mutating func whole() -> CapturedPiece? {
        while !isAtEnd { if !more() { return unreadable } }
        defer { rest = [] }
        return CapturedPiece(source: source, content: .payload(rest))
    }

    /// False when it cannot be read.
    private mutating func more() -> Bool {
        let before = rest.count
        guard stream.read(pieceBytes, into: &rest) else {
            rest = []
            isAtEnd = true
            isLines = true
            return false
        }
        isAtEnd = rest.count - before < pieceBytes
        if isAtStart, rest.starts(with: Self.byteOrderMark) { rest.removeFirst(Self.byteOrderMark.count) }
        isAtStart = false
        return true
    }

    private var unreadable: CapturedPiece {
        CapturedPiece(
            source: source, content: .unreadable(PayloadError(code: "unreadable", message: "\(source) cannot be read")))
    }

    private mutating func cut(upTo end: Int) -> CapturedPiece {
        var bytes = rest
        if end < rest.count {
            rest = Array(rest[end...])
            bytes.removeSubrange(end...)
        } else {
            rest = []
        }
        var lines: [CapturedPiece.Line] = []
        bytes.withUnsafeBytes { buffer in
            var start = 0
            while start < buffer.count, let base = buffer.baseAddress {
                let found = memchr(base + start, 0x0A, buffer.count - start).map { UnsafeRawPointer($0) - base }
                let stop = found ?? buffer.count
                number += 1
                if !buffer[start..<stop].allSatisfy(Self.isBlank) {
                    lines.append(CapturedPiece.Line(range: start..<stop, number: number))
                }
                start = stop + 1
            }
        }
        return CapturedPiece(source: source, content: .lines(bytes, lines))
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
}
