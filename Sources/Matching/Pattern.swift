internal import CPCRE2

/// Why a regular expression cannot be used.
package struct PatternError: Error, Hashable, Sendable {
    /// What is wrong, in lower case and without a full stop.
    package let message: String
    /// Where, in Unicode scalars from the start of the pattern.
    package let offset: Int
    package let help: String?

    package init(message: String, offset: Int, help: String? = nil) {
        self.message = message
        self.offset = offset
        self.help = help
    }
}

/// A compiled regular expression: PCRE2 with UTF and UCP, caseless unless the case is exact, unanchored.
///
/// It is run by PCRE2's interpreter with a callout at each of its items, where the clock is looked at: a match limit is no
/// limit of time. `\C` is refused, since it can tear characters apart. The JIT compiler is not used: it needs memory that is
/// writable and executable, and gains nothing on short messages. A pattern is immutable and may be used by all threads.
package final class Pattern: Sendable {
    package let source: String
    package let caseExact: Bool
    /// The number of capturing groups.
    package let groupCount: Int
    /// The names of groups, in the order of their first group, each once.
    package let groupNames: [String]
    /// Of every text that `firstMatch` finds a match in.
    package let demand: LiteralDemand

    /// The most telling part of the demand; nil when nothing can be proven.
    package var requiredLiterals: LiteralSet? { demand.mostSelective }

    /// Numbers of the groups that have a name.
    package var namedGroups: [Int] { groupsOfName.flatMap(\.groups) }

    let code: CompiledCode
    /// Group numbers of each name; a name may be used more than once under `(?J)`.
    let groupsOfName: [(name: String, groups: [Int])]

    /// In bytes.
    package static let sourceLimit = 4096
    /// In bytes, as PCRE2 tells the size of the compiled pattern.
    package static let compiledLimit = 65536
    package static let nestingLimit: UInt32 = 100

    package init(_ source: String, caseExact: Bool = false) throws(PatternError) {
        try Self.checkSource(source)
        let code = try Self.compiled(source, caseExact: caseExact)
        self.source = source
        self.caseExact = caseExact
        self.code = code
        groupCount = Int(code.number(PCRE2_INFO_CAPTURECOUNT))
        groupsOfName = code.groupsOfName()
        groupNames = groupsOfName.map(\.name)
        demand = LiteralExtraction.demand(of: source)
    }

    private static func checkSource(_ source: String) throws(PatternError) {
        if let place = source.unicodeScalars.firstIndex(of: "\u{8}") {
            throw PatternError(
                message: "the pattern holds a backspace character",
                offset: source.unicodeScalars.distance(from: source.unicodeScalars.startIndex, to: place),
                help: "in double quotes YAML reads `\\b` as a backspace: write the pattern in single quotes, '\\b'")
        }
        if source.utf8.count > sourceLimit {
            throw PatternError(
                message: "the pattern is longer than \(sourceLimit) bytes", offset: 0,
                help: "use keywords, or several patterns")
        }
    }

    private static func compiled(_ source: String, caseExact: Bool) throws(PatternError) -> CompiledCode {
        let options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT
        let bytes = Array(source.utf8)
        var failure: Int32 = 0
        var place = 0
        let context = pcre2_compile_context_create_8(nil)
        defer { pcre2_compile_context_free_8(context) }
        if let context { pcre2_set_parens_nest_limit_8(context, nestingLimit) }
        let pointer = pcre2_compile_8(
            bytes, bytes.count, caseExact ? options : options | PCRE2_CASELESS, &failure, &place, context)
        guard let pointer else {
            throw PatternError(message: message(of: failure), offset: scalarCount(bytes.prefix(max(0, place))))
        }
        let code = CompiledCode(pointer)
        if code.size > compiledLimit {
            throw PatternError(
                message: "the compiled pattern is larger than \(compiledLimit) bytes", offset: 0,
                help: "use smaller repeat counts, or several patterns")
        }
        return code
    }

    private static func scalarCount(_ bytes: ArraySlice<UInt8>) -> Int {
        bytes.count { $0 & 0xC0 != 0x80 }
    }

    /// PCRE2's own words, begun in lower case unless they begin with an abbreviation.
    private static func message(of failure: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = Int(pcre2_get_error_message_8(failure, &buffer, buffer.count))
        guard length > 0 else { return "the pattern cannot be compiled" }
        let message = String(decoding: buffer.prefix(length), as: UTF8.self)
        let isAbbreviation = message.dropFirst().first?.isUppercase ?? false
        return isAbbreviation ? message : message.prefix(1).lowercased() + message.dropFirst()
    }
}

/// Owns a compiled pattern of PCRE2.
///
/// `@unchecked Sendable`: `pointer` never changes, PCRE2 does not write to compiled code while matching, and it is freed
/// when nobody refers to it any more.
final class CompiledCode: @unchecked Sendable {
    let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        pcre2_code_free_8(pointer)
    }

    var size: Int {
        var size = 0
        return pcre2_pattern_info_8(pointer, UInt32(PCRE2_INFO_SIZE), &size) == 0 ? size : Int.max
    }

    func number(_ what: some BinaryInteger) -> UInt32 {
        var number: UInt32 = 0
        return pcre2_pattern_info_8(pointer, UInt32(what), &number) == 0 ? number : 0
    }

    /// PCRE2's table of names: entries of one size, two bytes of the group's number before the name that a NUL ends.
    func groupsOfName() -> [(name: String, groups: [Int])] {
        let count = Int(number(PCRE2_INFO_NAMECOUNT))
        let entrySize = Int(number(PCRE2_INFO_NAMEENTRYSIZE))
        var table: UnsafePointer<UInt8>?
        guard count > 0, entrySize > 2, pcre2_pattern_info_8(pointer, UInt32(PCRE2_INFO_NAMETABLE), &table) == 0, let table
        else { return [] }
        var groups: [String: [Int]] = [:]
        for entry in UnsafeBufferPointer(start: table, count: count * entrySize).chunks(of: entrySize) {
            let name = String(decoding: entry.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
            groups[name, default: []].append(Int(entry[entry.startIndex]) << 8 | Int(entry[entry.startIndex + 1]))
        }
        return groups.map { (name: $0.key, groups: $0.value.sorted()) }
            .sorted { ($0.groups.first ?? 0, $0.name) < ($1.groups.first ?? 0, $1.name) }
    }
}

extension UnsafeBufferPointer {
    fileprivate func chunks(of size: Int) -> [Slice<Self>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
