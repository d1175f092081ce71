/// How much a document from strangers may hold (S3), besides the depth that every document keeps to.
package struct JSONLimits: Sendable, Hashable {
    /// Values: objects, arrays and scalars, the outermost included. Keys do not count.
    package var nodes: Int
    /// Of a string or key, its escapes resolved.
    package var stringBytes: Int

    package init(nodes: Int = 10_000, stringBytes: Int = 256 << 10) {
        self.nodes = nodes
        self.stringBytes = stringBytes
    }
}

extension JSONElement {
    /// Throws where the value holds more than `limits` allow, or an object has a key twice: two programs may read such an
    /// object in two ways, and one of them may be the one that checked it.
    ///
    /// Cost: one step for each value and key.
    /// - Returns: the value itself, in which members are found sooner.
    package func checked(_ limits: JSONLimits) throws(JSONError) -> JSONElement {
        var check = JSONCheck(limits: limits)
        let failure = withTape { check.failure(in: $0, at: index) }
        if let failure { throw JSONError(message: failure) }
        return JSONElement(document: document, index: index, areKeysUnique: true)
    }
}

private struct JSONCheck {
    let limits: JSONLimits
    private var nodes = 0

    init(limits: JSONLimits) { self.limits = limits }

    /// Recursion is as deep as the document, which `JSONDocument.maxDepth` bounds.
    mutating func failure(in tape: JSONTape, at index: Int) -> String? {
        nodes += 1
        guard nodes <= limits.nodes else { return "more than \(limits.nodes) values" }
        let tag = tape.tag(index)
        switch tag {
        case .string: return tooLong(tape, index)
        case .object, .array: break
        default: return nil
        }
        let isObject = tag == .object
        var failure: String?
        tape.forEach(in: index) { position in
            guard failure == nil else { return }
            if isObject { failure = tooLong(tape, position) }
            failure = failure ?? self.failure(in: tape, at: isObject ? position + 1 : position)
        }
        if failure == nil, isObject, hasRepeatedKey(tape, index) { failure = "an object has a key twice" }
        return failure
    }

    /// Few keys, which most objects have, need no array.
    private func hasRepeatedKey(_ tape: JSONTape, _ index: Int) -> Bool {
        let count = tape.count(of: index)
        guard count > JSONTape.fewKeys else {
            return withUnsafeTemporaryAllocation(of: JSONTape.KeyMark.self, capacity: JSONTape.fewKeys) { marks in
                var found = 0
                var isRepeated = false
                tape.forEach(in: index) { key in
                    guard !isRepeated, found < marks.count else { return }
                    let mark = tape.mark(of: key)
                    isRepeated = tape.isAmong(marks[..<found], mark)
                    marks[found] = mark
                    found += 1
                }
                return isRepeated
            }
        }
        var keys: [Int] = []
        keys.reserveCapacity(count)
        tape.forEach(in: index) { keys.append($0) }
        return tape.hasRepetition(keys)
    }

    private func tooLong(_ tape: JSONTape, _ index: Int) -> String? {
        tape.utf8(index).count <= limits.stringBytes ? nil : "a string of more than \(limits.stringBytes) bytes"
    }
}
