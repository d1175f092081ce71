/// Reads the syntax of PCRE2 as far as it is certain what it means; gives up on everything else.
struct PatternParser: PatternScanning {
    let scalars: [Unicode.Scalar]
    var position = 0

    init(_ source: String) {
        scalars = Array(source.unicodeScalars)
    }

    /// The branches of the whole expression.
    mutating func parse() throws(Unknown) -> [[PatternNode]] {
        let branches = try alternatives()
        guard isAtEnd else { throw Unknown() }
        return branches
    }

    /// Up to the closing parenthesis of the group or the end of the expression.
    private mutating func alternatives() throws(Unknown) -> [[PatternNode]] {
        var branches: [[PatternNode]] = [[]]
        while let scalar = next, scalar != ")" {
            position += 1
            if scalar == "|" {
                branches.append([])
            } else if let node = try item(scalar) {
                branches[branches.count - 1].append(try quantified(node))
            } else if let following = next, "*+?{".unicodeScalars.contains(following) {
                // A quantifier after what is no item: whatever it belongs to, it is not clear here.
                throw Unknown()
            }
        }
        return branches
    }

    /// nil for what changes flags only.
    private mutating func item(_ scalar: Unicode.Scalar) throws(Unknown) -> PatternNode? {
        switch scalar {
        case "(": try group()
        case "[": try characterClass()
        case "\\": try escape()
        case ".", "^", "$": .gap
        case "*", "+", "?", "{": throw Unknown()
        default: Self.node(for: scalar)
        }
    }

    private static func node(for scalar: Unicode.Scalar) -> PatternNode {
        if scalar == " " { return .space }
        return LiteralProof.folded(scalar.value).map(PatternNode.character) ?? .gap
    }
}

// MARK: - Quantifiers

extension PatternParser {
    private mutating func quantified(_ node: PatternNode) throws(Unknown) -> PatternNode {
        let minimum: Int
        let isOnce: Bool
        switch next {
        case "*", "?":
            position += 1
            (minimum, isOnce) = (0, false)
        case "+":
            position += 1
            (minimum, isOnce) = (1, false)
        case "{":
            position += 1
            (minimum, isOnce) = try bounds()
        default:
            return node
        }
        // Lazy or possessive: the text is the same.
        if next == "?" || next == "+" { position += 1 }
        if minimum == 0 { return .gap }
        return isOnce ? node : .repeated(node)
    }

    /// `{n}`, `{n,}` and `{n,m}`. Versions of PCRE2 differ on other braces.
    private mutating func bounds() throws(Unknown) -> (minimum: Int, isOnce: Bool) {
        guard let minimum = number() else { throw Unknown() }
        var isOnce = minimum == 1
        if takeIf(",") {
            let maximum = number()
            isOnce = isOnce && maximum == 1
        }
        guard takeIf("}") else { throw Unknown() }
        return (minimum, isOnce)
    }
}

// MARK: - Groups

extension PatternParser {
    private static let flags = "imsnJU-^".unicodeScalars

    private mutating func group() throws(Unknown) -> PatternNode? {
        if next == "*" { throw Unknown() }
        guard takeIf("?") else { return try groupBody() }
        switch try take() {
        case ":", "|", ">":
            return try groupBody()
        case "=", "!":
            return try lookaround()
        case "<":
            if takeIf("=") || takeIf("!") { return try lookaround() }
            if next == "*" { throw Unknown() }
            try skip(past: ">")
            return try groupBody()
        case "'":
            try skip(past: "'")
            return try groupBody()
        case "P":
            guard takeIf("<") else { throw Unknown() }
            try skip(past: ">")
            return try groupBody()
        case let flag:
            return try flagged(flag)
        }
    }

    private mutating func groupBody() throws(Unknown) -> PatternNode {
        let branches = try alternatives()
        guard takeIf(")") else { throw Unknown() }
        return .group(branches)
    }

    /// What is looked at is not taken: it need not stand between what is before and after it.
    private mutating func lookaround() throws(Unknown) -> PatternNode {
        _ = try groupBody()
        return .gap
    }

    /// `(?i)` and `(?i:…)`. Flags that change how an expression is read (`x`) are not followed.
    private mutating func flagged(_ first: Unicode.Scalar) throws(Unknown) -> PatternNode? {
        var flag = first
        while Self.flags.contains(flag) { flag = try take() }
        switch flag {
        case ")": return nil
        case ":": return try groupBody()
        default: throw Unknown()
        }
    }
}

// MARK: - Escapes and classes

extension PatternParser {
    private mutating func escape() throws(Unknown) -> PatternNode {
        let scalar = try take()
        guard scalar.isASCII, scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) else {
            return Self.node(for: scalar)
        }
        switch scalar {
        case "d", "D", "w", "W", "s", "S", "h", "H", "v", "V", "R", "X":
            return .gap
        case "t", "n", "r", "f", "e", "a":
            return .gap
        case "b", "B", "A", "Z", "z", "G", "K":
            return .gap
        case "p", "P":
            if try take() == "{" { try skip(past: "}") }
            return .gap
        case "0"..."9":
            // A back reference or an octal number: how far it goes does not matter, digits are no syntax.
            while let digit = next, ("0"..."9").contains(digit) { position += 1 }
            return .gap
        default:
            throw Unknown()
        }
    }

    /// A class whose members all fold alike, as in `n[aã]o`, is as good as one character.
    private mutating func characterClass() throws(Unknown) -> PatternNode {
        var isSimple = !takeIf("^")
        var members: [Unicode.Scalar] = []
        var isFirst = true
        while true {
            let scalar = try take()
            if scalar == "]", !isFirst { break }
            isFirst = false
            switch scalar {
            case "\\":
                let escaped = try take()
                // Quoting and control characters can hide the end of the class.
                if ["Q", "E", "c"].contains(escaped) { throw Unknown() }
                isSimple = false
            case "[":
                if let following = next, ":.=".unicodeScalars.contains(following) { try posixClass() }
                isSimple = false
            case "-":
                isSimple = false
            default:
                members.append(scalar)
            }
        }
        guard isSimple, let first = members.first, let folded = LiteralProof.folded(first.value),
            members.allSatisfy({ LiteralProof.folded($0.value) == folded })
        else { return .gap }
        return .character(folded)
    }

    /// The rest of `[:alpha:]`.
    private mutating func posixClass() throws(Unknown) {
        guard takeIf(":") else { throw Unknown() }
        _ = takeIf("^")
        while let scalar = next, ("a"..."z").contains(scalar) { position += 1 }
        guard takeIf(":"), takeIf("]") else { throw Unknown() }
    }
}
