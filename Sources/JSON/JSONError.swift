/// Why a text is no JSON document.
package struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Lower case, no full stop, and never a part of the text itself, which may hold secrets:
    /// `invalid JSON at offset 17: a string is not closed`. Offsets count bytes from 0.
    package let message: String

    package init(message: String) { self.message = message }

    package var description: String { message }
}
