/// What a customer could write to break out of the place that a text is put into (T37): templates, line ends, quotes, markup,
/// directions of writing, broken encodings, and random mixtures of them.
package enum HostileTexts {
    /// The same for the same seed; the handwritten ones first.
    package static func all(count: Int = 500, seed: UInt64 = 37) -> [String] {
        var random = SplitMix64(seed: seed)
        let parts = pieces + controls
        var texts = parts + parts.map { "order \($0) end" }
        while texts.count < count {
            texts.append(
                (0..<Int.random(in: 2...8, using: &random)).map { _ in parts.randomElement(using: &random) ?? "" }.joined())
        }
        return texts
    }

    /// A template throughout, of about as many bytes as one template may give.
    package static let long = String(repeating: "{{vars.secret}}\r\n", count: 900)

    /// A megabyte that is a template throughout.
    package static let megabyte = String(repeating: "{{vars.secret}}\r\n", count: 1 << 16)

    /// All but those that no text of a message can have, and the deletion.
    private static let controls: [String] = (Array(0..<0x20) + Array(0x7F..<0xA0)).compactMap(Unicode.Scalar.init).map {
        "a\($0)b"
    }

    private static let pieces = [
        // Templates of the kind that is used here, and of others.
        "{{vars.secret}}", "{{{vars.secret}}}", "{{&vars.secret}}", "{{#vars.secret}}x{{/vars.secret}}",
        "{{^vars.secret}}x{{/vars.secret}}", "{{>partial}}", "{{<parent}}{{/parent}}", "{{$block}}{{/block}}", "{{=<% %>=}}",
        "{{%CONTENT_TYPE:TEXT}}", "{{! comment }}", "{{message.text}}", "{{{message.text}}}", "{{.}}", "{{}}", "{{", "}}", "{{{",
        "}}}",
        "{{#", "{{/message.text}}", "{{#contact}}{{name}}{{/contact}}", "{{match.0}}", "{{rule.id}}", "{{raw.token}}", "{{n0}}",
        "{{{t0}}}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{% raw %}", "${jndi:ldap://127.0.0.1/a}",
        "{{constructor.constructor('x')()}}",
        "\\{\\{vars.secret\\}\\}", "{\u{200B}{vars.secret}}", "｛｛vars.secret｝｝",
        // Ends of lines, heads, requests.
        "\r\nX-Injected: 1", "\nX-Injected: 1", "\rX-Injected: 1", "\r\n\r\nGET /x HTTP/1.1\r\nHost: y\r\n\r\n",
        "\u{85}X-Injected: 1",
        "\u{2028}X-Injected: 1", "\u{2029}x", "\u{0B}x", "\u{0C}x", "%0d%0aX-Injected:%201", "%250d%250a", "嘊嘍X-Injected: 1",
        "level=error msg=\"forged\"", "\nlevel=error msg=\"forged\" rule=x", "\"} level=error", "0\r\n\r\n", "Content-Length: 0",
        // Quotes and escapes of JSON, SQL, shells, forms.
        "\"", "'", "`", "\\", "\\\"", "\\u0022", "\\\\\"", "\",\"admin\":true,\"x\":\"", "\"}]}", "{\"a\":1}", "[1,2]", "null",
        "true",
        "1e999", "-0", "</script>", "'; DROP TABLE inbox; --", "\" OR 1=1 --", "$(id)", "`id`", "| id", "; id", "&& id", "a&b=c",
        "a=b&c",
        "a;b", "+", "%", "%00", "%2e%2e%2f", "%zz",
        // Markup.
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>", "]]>", "<!--", "-->", "&lt;",
        "&amp;",
        "javascript:alert(1)", "[x](javascript:alert(1))", "*bold* _it_ ~st~", "@here @all", "![x](http://127.0.0.1/x.png)",
        // URLs and paths.
        "../../../etc/passwd", "..", ".", "...", "/", "//", "/..", "..\\..", "?", "#", "?x=1", "#x", "@127.0.0.1", ":80",
        "a/b?c#d",
        "http://127.0.0.1/", "//127.0.0.1/", ";x=1", "~root", "*", "%2F", "\\\\127.0.0.1\\c$",
        // Directions of writing, invisible and combining letters.
        "\u{202E}gnp.exe", "\u{202A}\u{202B}\u{202C}\u{202D}", "\u{2066}a\u{2067}b\u{2068}c\u{2069}", "\u{200E}\u{200F}",
        "\u{061C}",
        "\u{200B}\u{200C}\u{200D}\u{2060}", "\u{FEFF}", "\u{00AD}", "e\u{301}\u{301}\u{301}",
        String(repeating: "\u{36F}", count: 300),
        "\u{E0041}\u{E0042}", "\u{FFF9}a\u{FFFA}b\u{FFFB}", "\u{FFFD}", "\u{FFFE}", "\u{FFFF}", "\u{10FFFF}", "\u{F8FF}", "👨‍👩‍👧‍👦",
        "🇧🇷",
        "İıſK", "ﷺ", "\u{1F1E6}",
        // Terminals.
        "\u{1B}[2J", "\u{1B}]0;title\u{07}", "\u{1B}]8;;http://127.0.0.1\u{1B}\\x\u{1B}]8;;\u{1B}\\", "\u{9B}31m", "\u{08}\u{08}",
        "\u{07}",
        "\u{1B}[1;31mERROR\u{1B}[0m", "\u{1B}P+q\u{1B}\\", "\u{0E}\u{0F}",
        // Broken encodings, as they are read here.
        String(decoding: [0xED, 0xA0, 0x80, 0x61], as: UTF8.self), String(decoding: [0xED, 0xB0, 0x80], as: UTF8.self),
        String(decoding: [0xC0, 0x80], as: UTF8.self), String(decoding: [0xF5, 0x80, 0x80, 0x80], as: UTF8.self),
        String(decoding: [0xFF, 0xFE], as: UTF8.self), String(decoding: [0xE2, 0x80], as: UTF8.self), "\\ud800", "\\udc00\\ud800",
        "\u{0}",
        "a\u{0}b", "\u{0}\u{0}",
    ]
}
