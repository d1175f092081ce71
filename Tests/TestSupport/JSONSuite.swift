/// Texts that a JSON parser must take, must refuse, or may do either with: RFC 8259, and the limits of webhooks.
package enum JSONSuite {
    package struct Case: Sendable, CustomStringConvertible {
        package var name: String
        package var bytes: [UInt8]
        package var verdict: Verdict
        package var description: String { "\(verdict)_\(name)" }
    }

    /// As in names of files of such suites: yes, no, implementation-defined.
    package enum Verdict: Sendable { case y, n, i }

    package static let all: [Case] = accepted + refused + either

    private static func cases(_ verdict: Verdict, _ list: [(String, String)]) -> [Case] {
        list.map { Case(name: $0.0, bytes: Array($0.1.utf8), verdict: verdict) }
    }

    private static func byteCases(_ verdict: Verdict, _ list: [(String, [UInt8])]) -> [Case] {
        list.map { Case(name: $0.0, bytes: $0.1, verdict: verdict) }
    }

    private static func nested(_ depth: Int, _ open: String = "[", _ inner: String = "", _ close: String = "]") -> String {
        String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
    }

    private static func list(_ count: Int) -> String { "[" + String(repeating: "1,", count: count - 2) + "1]" }

    // MARK: Yes

    private static let accepted =
        cases(
            .y,
            [
                ("null", "null"), ("true", "true"), ("false", "false"), ("zero", "0"), ("minus_zero", "-0"), ("integer", "123"),
                ("minus", "-7"), ("fraction", "0.125"), ("exponent", "1e5"), ("exponent_capital", "1E5"),
                ("exponent_plus", "1e+5"),
                ("exponent_minus", "1e-5"), ("exponent_zero", "0e0"), ("fraction_exponent", "12.34e-2"),
                ("exponent_leading_zeros", "1e007"), ("fraction_zeros", "1.000"), ("largest_integer", "9223372036854775807"),
                ("smallest_integer", "-9223372036854775808"), ("empty_string", "\"\""), ("string", "\"abc\""),
                ("string_blank", "\" \""), ("string_slash", "\"a/b\""), ("escapes", #""\"\\\/\b\f\n\r\t""#),
                ("escape_nul", #""\u0000""#),
                ("escape_letters", #""\u0061\u00E9\u00e9""#), ("pair", #""\ud83d\ude00""#), ("pair_capital", #""\uD83D\uDE00""#),
                ("last_code_point", #""\uDBFF\uDFFF""#), ("noncharacter", #""\uFFFF\uFDD0""#),
                ("escaped_backslash_u", #""\\u12""#),
                ("delete", "\"\u{7F}\""), ("line_separators", "\"\u{2028}\u{2029}\""), ("replacement_character", "\"\u{FFFD}\""),
                ("astral", "\"\u{1F600}\""), ("combining", "\"e\u{301}\""), ("mark_inside_string", "\"\u{FEFF}\""),
                ("empty_array", "[]"), ("empty_object", "{}"), ("array", "[1,\"a\",null,true]"),
                ("blanks_in_array", " [ 1 , 2 ] "),
                ("all_blanks", "\t\r\n [\t\r\n ]\t\r\n "), ("blanks_in_empty_object", "{ \n }"),
                ("object", "{\"a\":1,\"b\":{\"c\":[]}}"),
                ("empty_key", "{\"\":0}"), ("key_with_nul", #"{"\u0000":0}"#), ("keys_differ_by_case", "{\"a\":1,\"A\":2}"),
                ("keys_differ_by_composition", "{\"\u{E9}\":1,\"e\u{301}\":2}"), ("keys_differ_by_blank", "{\"a\":1,\"a \":2}"),
                ("same_key_in_other_objects", "{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}"),
                ("key_of_digits", "{\"1\":1,\"01\":2}"), ("sixty_deep", nested(60)),
                ("sixty_deep_objects", nested(60, "{\"a\":", "1", "}")), ("nine_thousand_values", list(9_000)),
                ("long_string", "\"" + String(repeating: "x", count: 200_000) + "\""),
                ("many_keys", "{" + (0..<4_000).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"),
                ("long_fraction", "0." + String(repeating: "3", count: 300)), ("small_number", "1e-300"),
            ])

    // MARK: No

    private static let refused =
        cases(
            .n,
            [
                ("nothing", ""), ("blanks", "  \n"), ("two_documents", "{}{}"), ("two_values", "1 2"), ("text_behind", "[1] x"),
                ("comma_behind", "1,"), ("bracket_behind", "[1]]"), ("brace_behind", "{}}"), ("hash_behind", "1 # x"),
                ("comment", "/* x */1"), ("comment_inside", "[1/* x */]"), ("line_comment", "1 // x"),
                ("byte_order_mark", "\u{FEFF}1"),
                ("no_break_space", "\u{A0}1"), ("form_feed", "[\u{0C}1]"), ("vertical_tab", "[\u{0B}1]"),
                ("line_separator", "[1\u{2028}]"),
                ("word", "nothing"), ("capital_true", "True"), ("capitals_null", "NULL"), ("cut_true", "tru"),
                ("cut_null", "nul"),
                ("long_true", "truee"), ("undefined", "undefined"), ("nan", "NaN"), ("infinity", "Infinity"),
                ("minus_infinity", "-Infinity"),
                ("minus_alone", "-"), ("minus_word", "-a"), ("two_minuses", "--1"), ("plus", "+1"), ("leading_zero", "01"),
                ("minus_leading_zero", "-012"), ("no_integer_part", ".5"), ("no_fraction", "1."), ("minus_dot", "-.5"),
                ("two_dots", "1.2.3"),
                ("no_exponent", "1e"), ("no_exponent_digits", "1e+"), ("two_exponents", "1e2e3"), ("dot_exponent", "1.e2"),
                ("exponent_fraction", "1e2.5"), ("hexadecimal", "0x1F"), ("octal", "0o17"), ("binary", "0b1"),
                ("underscore", "1_000"),
                ("comma_number", "1,5"), ("blank_in_number", "1 000"), ("letter_behind_number", "12a"),
                ("wide_digit", "\u{FF11}"),
                ("arabic_digit", "\u{661}"), ("fraction_word", "1.a"), ("single_quotes", "'a'"), ("no_quotes", "abc"),
                ("open_string", "\"abc"), ("quote_alone", "\""), ("backslash_at_the_end", "\"\\"),
                ("escaped_quote_at_the_end", "\"\\\""),
                ("tab_in_string", "\"a\tb\""), ("line_feed_in_string", "\"a\nb\""), ("return_in_string", "\"a\rb\""),
                ("nul_in_string", "\"a\0b\""), ("unit_separator_in_string", "\"\u{1F}\""), ("escape_x", #""\x41""#),
                ("escape_a", #""\a""#),
                ("escape_capital_u", #""\U0041""#), ("escape_quote", #""\'""#), ("escape_digit", #""\0""#),
                ("escape_blank", #""\ ""#),
                ("escape_short", #""\u12""#), ("escape_no_hexadecimal", #""\u12G4""#), ("escape_sign", #""\u+123""#),
                ("escape_braces", #""\u{41}""#), ("escape_astral", "\"\\\u{1F600}\""), ("backtick", "`a`"),
                ("curly_quotes", "\u{201C}a\u{201D}"),
                ("open_array", "[1"), ("open_array_comma", "[1,"), ("comma_first", "[,1]"), ("comma_last", "[1,]"),
                ("two_commas", "[1,,2]"),
                ("only_comma", "[,]"), ("no_comma", "[1 2]"), ("colon_in_array", "[1:2]"), ("semicolon", "[1;2]"),
                ("wrong_bracket", "[1}"),
                ("bracket_only", "]"), ("ellipsis", "[...]"), ("open_object", "{"), ("open_object_key", "{\"a\""),
                ("open_object_colon", "{\"a\":"),
                ("open_object_value", "{\"a\":1"), ("no_value", "{\"a\":}"), ("no_colon", "{\"a\" 1}"),
                ("two_colons", "{\"a\"::1}"),
                ("equals_sign", "{\"a\"=1}"), ("arrow", "{\"a\"=>1}"), ("comma_in_object", "{\"a\":1,}"),
                ("comma_first_in_object", "{,\"a\":1}"),
                ("two_commas_in_object", "{\"a\":1,,\"b\":2}"), ("key_without_quotes", "{a:1}"), ("key_single_quotes", "{'a':1}"),
                ("key_number", "{1:1}"), ("key_null", "{null:1}"), ("key_array", "{[]:1}"), ("key_alone", "{\"a\"}"),
                ("wrong_brace", "{\"a\":1]"),
                ("repeated_key", "{\"a\":1,\"a\":2}"), ("repeated_key_same_value", "{\"a\":1,\"a\":1}"),
                ("repeated_empty_key", "{\"\":1,\"\":1}"),
                ("repeated_key_by_escape", #"{"a":1,"\u0061":2}"#), ("repeated_key_by_slash", #"{"/":1,"\/":2}"#),
                ("repeated_key_far_apart", "{\"a\":1," + (0..<100).map { "\"k\($0)\":0," }.joined() + "\"a\":2}"),
                ("repeated_key_deep", "{\"x\":[{\"y\":{\"a\":1,\"a\":2}}]}"),
                ("repeated_key_astral", "{\"\u{1F600}\":1,\"\\ud83d\\ude00\":2}"),
                ("too_deep", nested(65)), ("too_deep_objects", nested(65, "{\"a\":", "1", "}")),
                ("too_deep_mixed", nested(33, "[{\"a\":", "1", "}]")),
                ("very_deep", nested(100_000)), ("very_deep_open", String(repeating: "[", count: 100_000)),
                ("very_deep_open_objects", String(repeating: "{\"a\":", count: 100_000)),
                ("too_many_values", list(10_001)),
                ("too_many_empty_arrays", "[" + String(repeating: "[],", count: 10_000) + "[]]"),
                ("too_many_members", "{" + (0..<10_001).map { "\"k\($0)\":0" }.joined(separator: ",") + "}"),
                ("too_long_string", "\"" + String(repeating: "x", count: 270_000) + "\""),
                ("too_long_key", "{\"" + String(repeating: "x", count: 270_000) + "\":1}"),
            ])
        + byteCases(
            .n,
            [
                ("nul_alone", [0]), ("nul_behind", [0x31, 0]), ("lone_continuation", [0x22, 0x80, 0x22]),
                ("byte_ff", [0x22, 0xFF, 0x22]),
                ("overlong", [0x22, 0xC0, 0xAF, 0x22]), ("overlong_three", [0x22, 0xE0, 0x80, 0xAF, 0x22]),
                ("encoded_surrogate", [0x22, 0xED, 0xA0, 0x80, 0x22]), ("beyond_unicode", [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22]),
                ("cut_sequence", [0x22, 0xE2, 0x82, 0x22]), ("latin_1", [0x22, 0xE9, 0x22]),
                ("invalid_outside_string", [0x5B, 0xFF, 0x5D]),
                ("utf_16", [0x5B, 0, 0x5D, 0]), ("utf_16_mark", [0xFF, 0xFE, 0x5B, 0, 0x5D, 0]),
                ("utf_16_big", [0, 0x5B, 0, 0x5D]),
                ("half_mark", [0xEF, 0xBB, 0x31]), ("gzip", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]),
            ])

    // MARK: Either

    private static let either = cases(
        .i,
        [
            ("half_a_pair", #""\ud83d""#), ("half_a_pair_low", #""\ude00""#), ("pair_turned", #""\ude00\ud83d""#),
            ("half_a_pair_and_text", #""\ud83dabc""#), ("half_a_pair_and_escape", #""\ud83d\n""#),
            ("half_a_pair_in_key", #"{"\ud800":1}"#),
            ("two_to_the_63", "9223372036854775808"), ("two_to_the_64", "18446744073709551616"),
            ("huge_integer", String(repeating: "9", count: 400)),
            ("huge_minus", "-" + String(repeating: "9", count: 400)), ("huge_exponent", "1e400"),
            ("huge_exponent_minus", "-1e400"),
            ("tiny_exponent", "1e-400"), ("endless_exponent", "1e99999999999999999999"),
            ("endless_exponent_minus", "1e-99999999999999999999"),
            ("exponent_of_zero", "0e99999999999999999999"), ("long_zeros", "1." + String(repeating: "0", count: 10_000)),
            ("long_exponent_digits", "1e" + String(repeating: "0", count: 10_000) + "1"), ("denormal", "5e-324"),
        ])
}
