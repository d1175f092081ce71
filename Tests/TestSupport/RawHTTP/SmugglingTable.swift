/// Requests that two programs could read in two ways, and some that only look like it.
package enum SmugglingTable {
    package static let all: [RawRequest] =
        encodings + lengths + chunks + firstLines + hosts + fields + bodiesOfNobody + inOrder

    private static let hidden = RawSite.hidden
    /// One body by two readings: nothing and the hidden request, or all of it.
    private static let endAndHidden = "0\r\n\r\n" + hidden
    private static let chunked = "5\r\nhello\r\n0\r\n\r\n"

    // MARK: Transfer-Encoding

    /// Lines that some programs take for `Transfer-Encoding: chunked`, and others do not.
    private static let encodingLines: [(String, String)] = [
        ("two", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        ("and identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        ("identity and", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"),
        ("and a word", "Transfer-Encoding: chunked\r\nTransfer-encoding: cow"),
        ("blank before colon", "Transfer-Encoding : chunked"), ("tab before colon", "Transfer-Encoding\t: chunked"),
        ("blank before name", " Transfer-Encoding: chunked"), ("tab before name", "\tTransfer-Encoding: chunked"),
        ("folded value", "Transfer-Encoding:\r\n chunked"), ("folded by a tab", "Transfer-Encoding:\r\n\tchunked"),
        ("folded name", "Transfer-Encoding\r\n : chunked"), ("folded word", "Transfer-Encoding: chu\r\n nked"),
        ("folded away", "X: y\r\n Transfer-Encoding: chunked"),
        ("tab before value", "Transfer-Encoding:\tchunked"), ("blank and tab", "Transfer-Encoding: \tchunked"),
        ("tab behind value", "Transfer-Encoding: chunked\t"), ("blank behind value", "Transfer-Encoding: chunked "),
        ("vertical tab", "Transfer-Encoding:\u{0B}chunked"), ("form feed", "Transfer-Encoding: \u{0C}chunked"),
        ("backspace", "Transfer-Encoding: \u{08}chunked"), ("delete", "Transfer-Encoding: chunked\u{7F}"),
        ("NUL in name", "Transfer-Encoding\0: chunked"), ("NUL in value", "Transfer-Encoding: ch\0unked"),
        ("NUL behind value", "Transfer-Encoding: chunked\0"), ("wide blank", "Transfer-Encoding:\u{A0}chunked"),
        ("wide letters", "\u{FF34}ransfer-Encoding: chunked"), ("dotless letter", "Transfer-Encod\u{131}ng: chunked"),
        ("letter before", "Transfer-Encoding: xchunked"), ("letter behind", "Transfer-Encoding: chunkedx"),
        ("capital", "Transfer-Encoding: Chunked"), ("capitals", "TRANSFER-ENCODING: CHUNKED"),
        ("list with identity", "Transfer-Encoding: chunked, identity"), ("list before", "Transfer-Encoding: identity, chunked"),
        ("gzip and", "Transfer-Encoding: gzip, chunked"), ("twice in a list", "Transfer-Encoding: chunked, chunked"),
        ("comma before", "Transfer-Encoding: ,chunked"), ("comma behind", "Transfer-Encoding: chunked,"),
        ("quoted", "Transfer-Encoding: \"chunked\""), ("single quotes", "Transfer-Encoding: 'chunked'"),
        ("parameter", "Transfer-Encoding: chunked;q=1"), ("comment", "Transfer-Encoding: chunked (yes)"),
        ("identity", "Transfer-Encoding: identity"), ("gzip", "Transfer-Encoding: gzip"), ("empty", "Transfer-Encoding:"),
        ("no colon", "Transfer-Encoding chunked"), ("equals sign", "Transfer-Encoding=chunked"),
        ("colon before", ":Transfer-Encoding: chunked"), ("bracket", "[Transfer-Encoding: chunked"),
        ("bare line feed", "X: y\nTransfer-Encoding: chunked"), ("bare return", "X: y\rTransfer-Encoding: chunked"),
        ("return behind", "Transfer-Encoding: chunked\r"), ("return before", "\rTransfer-Encoding: chunked"),
        ("line feed behind name", "Transfer-Encoding\n: chunked"), ("empty name before", ": x\r\nTransfer-Encoding: chunked"),
    ]

    private static let encodings: [RawRequest] =
        encodingLines.flatMap { name, line -> [RawRequest] in
            [
                RawRequest(
                    "CL.TE, \(name)", RawSite.request(["Content-Length: \(endAndHidden.utf8.count)", line], endAndHidden),
                    .refused(400)),
                RawRequest("TE.TE, \(name)", RawSite.request([line], chunked), .refused(400)),
            ]
        } + [
            RawRequest(
                "CL.TE, plain", RawSite.request(["Content-Length: 6", "Transfer-Encoding: chunked"], endAndHidden), .refused(400)),
            RawRequest(
                "TE.CL, plain", RawSite.request(["Transfer-Encoding: chunked", "Content-Length: 4"], "5c\r\n" + hidden),
                .refused(400)),
            RawRequest(
                "TE.CL, small letters",
                RawSite.request(["transfer-encoding: chunked", "content-length: 4"], "5c\r\n" + hidden), .refused(400)),
            RawRequest(
                "TE.CL, length of all",
                RawSite.request(["Transfer-Encoding: chunked", "Content-Length: \(chunked.utf8.count)"], chunked), .refused(400)),
            RawRequest(
                "CL.TE, with length zero", RawSite.request(["Content-Length: 0", "Transfer-Encoding: chunked"], endAndHidden),
                .refused(400)),
            RawRequest(
                "CL.TE, in a GET",
                RawSite.request(
                    ["Content-Length: 5", "Transfer-Encoding: chunked"], endAndHidden, first: "GET \(RawSite.front) HTTP/1.1"),
                .refused(400)),
            RawRequest(
                "CL.TE, lengths around",
                RawSite.request(["Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 5"], endAndHidden),
                .refused(400)),
        ]

    // MARK: Content-Length

    private static let lengthLines: [(String, String)] = [
        ("plus", "Content-Length: +5"), ("minus", "Content-Length: -5"), ("minus zero", "Content-Length: -0"),
        ("list of the same", "Content-Length: 5, 5"), ("list", "Content-Length: 5,0"), ("list of one", "Content-Length: 5,"),
        ("hexadecimal", "Content-Length: 0x5"), ("fraction", "Content-Length: 5.0"), ("exponent", "Content-Length: 5e0"),
        ("underscore", "Content-Length: 1_0"), ("empty", "Content-Length:"), ("blank", "Content-Length:  "),
        ("zero before", "Content-Length: 05"), ("two zeros", "Content-Length: 00"), ("wide digit", "Content-Length: \u{FF15}"),
        ("Arabic digit", "Content-Length: \u{665}"), ("quotes", "Content-Length: \"5\""), ("word", "Content-Length: five"),
        ("parameter", "Content-Length: 5;x"), ("blank inside", "Content-Length: 1 0"), ("blank behind", "Content-Length: 5 "),
        ("tab before", "Content-Length:\t5"), ("tab behind", "Content-Length: 5\t"), ("vertical tab", "Content-Length:\u{0B}5"),
        ("two to the 63", "Content-Length: 9223372036854775808"), ("two to the 64", "Content-Length: 18446744073709551616"),
        ("two to the 64 and 5", "Content-Length: 18446744073709551621"),
        ("endless", "Content-Length: 99999999999999999999999999"),
        ("twice the same", "Content-Length: 5\r\nContent-Length: 5"), ("twice", "Content-Length: 5\r\nContent-Length: 0"),
        ("twice, other case", "Content-Length: 0\r\ncontent-length: 5"), ("blank before colon", "Content-Length : 5"),
        ("tab before colon", "Content-Length\t: 5"), ("folded", "Content-Length:\r\n 5"),
        ("folded behind", "Content-Length: 5\r\n 0"), ("NUL behind", "Content-Length: 5\0"),
        ("bare line feed", "X: y\nContent-Length: 5"), ("bare return", "X: y\rContent-Length: 5"),
    ]

    private static let lengths: [RawRequest] = lengthLines.map { name, line in
        RawRequest("length, \(name)", RawSite.request([line], "hello" + hidden), .refused(400))
    }

    // MARK: Chunks

    private static let chunkBodies: [(String, String)] = [
        ("extension", "5;a=b\r\nhello\r\n0\r\n\r\n"), ("empty extension", "5;\r\nhello\r\n0\r\n\r\n"),
        ("extension of the last", "5\r\nhello\r\n0;a\r\n\r\n"), ("extension with a line feed", "5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("blank behind size", "5 \r\nhello\r\n0\r\n\r\n"), ("blank before size", " 5\r\nhello\r\n0\r\n\r\n"),
        ("tab behind size", "5\t\r\nhello\r\n0\r\n\r\n"), ("prefix", "0x5\r\nhello\r\n0\r\n\r\n"),
        ("plus", "+5\r\nhello\r\n0\r\n\r\n"), ("minus", "-5\r\nhello\r\n0\r\n\r\n"), ("underscore", "1_0\r\nhello\r\n0\r\n\r\n"),
        ("nine digits", "000000005\r\nhello\r\n0\r\n\r\n"), ("overflow", "100000005\r\nhello\r\n0\r\n\r\n"),
        ("sixteen digits", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n"), ("no size", "\r\nhello\r\n0\r\n\r\n"),
        ("no digit", "g\r\nhello\r\n0\r\n\r\n"), ("wide digit", "\u{FF15}\r\nhello\r\n0\r\n\r\n"),
        ("bare line feed behind size", "5\nhello\r\n0\r\n\r\n"), ("bare return behind size", "5\rhello\r\n0\r\n\r\n"),
        ("two returns", "5\r\r\nhello\r\n0\r\n\r\n"), ("bare line feed behind chunk", "5\r\nhello\n0\r\n\r\n"),
        ("bare return behind chunk", "5\r\nhello\r0\r\n\r\n"), ("nothing behind chunk", "5\r\nhello0\r\n\r\n"),
        ("size too small", "4\r\nhello\r\n0\r\n\r\n"), ("size too large", "6\r\nhello\r\n0\r\n\r\n"),
        ("two bytes for an end", "5\r\nhelloXX0\r\n\r\n" + hidden), ("bare line feeds at the end", "5\r\nhello\r\n0\n\n"),
        ("bare line feed at the end", "5\r\nhello\r\n0\r\n\n"), ("NUL in size", "5\0\r\nhello\r\n0\r\n\r\n"),
        ("a request in an extension", "5;\(hidden)"), ("trailer", "5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
        ("length as a trailer", "5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n"),
        ("encoding as a trailer", "0\r\nTransfer-Encoding: chunked\r\n\r\n"), ("a request as a trailer", "0\r\n" + hidden),
        ("a blank as a trailer", "0\r\n \r\n\r\n"), ("no end", "0\r\nX"),
    ]

    private static let chunks: [RawRequest] = chunkBodies.map { name, body in
        RawRequest("chunk, \(name)", RawSite.request(["Transfer-Encoding: chunked"], body), .refused(400))
    }

    // MARK: First line

    private static let odd: [(String, String, Int)] = [
        ("absolute target", "POST http://localhost/webhooks/front HTTP/1.1", 400),
        ("absolute target, TLS", "POST https://localhost/webhooks/front HTTP/1.1", 400),
        ("target without slash", "POST webhooks/front HTTP/1.1", 400), ("authority", "CONNECT localhost:80 HTTP/1.1", 400),
        ("CONNECT with a path", "CONNECT /webhooks/front HTTP/1.1", 400), ("asterisk", "OPTIONS * HTTP/1.1", 400),
        ("no target", "POST HTTP/1.1", 400), ("empty target", "POST  HTTP/1.1", 400),
        ("two blanks", "POST  /webhooks/front HTTP/1.1", 400), ("two blanks behind", "POST /webhooks/front  HTTP/1.1", 400),
        ("tabs", "POST\t/webhooks/front\tHTTP/1.1", 400), ("tab in target", "POST /webhooks\t/front HTTP/1.1", 400),
        ("blank in target", "POST /webhooks /front HTTP/1.1", 400), ("blank before", " POST /webhooks/front HTTP/1.1", 400),
        ("blank behind", "POST /webhooks/front HTTP/1.1 ", 400), ("line before", "\r\nPOST /webhooks/front HTTP/1.1", 400),
        ("line feed before", "\nPOST /webhooks/front HTTP/1.1", 400), ("small letters", "post /webhooks/front HTTP/1.1", 400),
        ("NUL in method", "P\0ST /webhooks/front HTTP/1.1", 400), ("no method", "/webhooks/front HTTP/1.1", 400),
        ("mark in method", "PO(ST /webhooks/front HTTP/1.1", 400), ("unknown method", "GARBAGE /webhooks/front HTTP/1.1", 400),
        ("long method", "\(String(repeating: "A", count: 300)) / HTTP/1.1", 400),
        ("NUL in target", "POST /webhooks/\0front HTTP/1.1", 400), ("delete in target", "POST /webhooks/\u{7F} HTTP/1.1", 400),
        ("fragment", "POST /webhooks/front#x HTTP/1.1", 400), ("no version", "POST /webhooks/front", 400),
        ("1.0", "POST /webhooks/front HTTP/1.0", 505), ("0.9", "POST /webhooks/front HTTP/0.9", 505),
        ("1.2", "POST /webhooks/front HTTP/1.2", 505), ("2.0", "POST /webhooks/front HTTP/2.0", 505),
        ("preface of HTTP/2", "PRI * HTTP/2.0", 505), ("1.10", "POST /webhooks/front HTTP/1.10", 400),
        ("1", "POST /webhooks/front HTTP/1", 400), ("comma", "POST /webhooks/front HTTP/1,1", 400),
        ("small version", "POST /webhooks/front http/1.1", 400), ("other protocol", "POST /webhooks/front ICE/1.1", 400),
        ("blank in version", "POST /webhooks/front HTTP/ 1.1", 400),
        ("NUL behind version", "POST /webhooks/front HTTP/1.1\0", 400),
        ("return behind version", "POST /webhooks/front HTTP/1.1\r", 400),
        ("long target", "POST /webhooks/\(String(repeating: "a", count: 2100)) HTTP/1.1", 414),
    ]

    private static let firstLines: [RawRequest] =
        odd.map { name, first, status in
            RawRequest("first line, \(name)", RawSite.request(["Content-Length: 5"], "hello", first: first), .refused(status))
        } + [
            RawRequest("line feeds for all ends", "POST \(RawSite.front) HTTP/1.1\nHost: localhost\n\n", .refused(400)),
            RawRequest("returns for all ends", "POST \(RawSite.front) HTTP/1.1\rHost: localhost\r\r", .refused(400)),
            RawRequest("line feed for the last end", "POST \(RawSite.front) HTTP/1.1\r\nHost: localhost\r\n\n", .refused(400)),
            RawRequest("HTTP/0.9", "GET \(RawSite.front)\r\n", .refused(400)),
            RawRequest("a TLS hello", [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03], .refused(400)),
            RawRequest("a PROXY line", "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + RawSite.request([]), .refused(400)),
            RawRequest(
                "a long first line", "POST /\(String(repeating: "a", count: 17 << 10)) HTTP/1.1\r\n\r\n", .refused(431)),
        ]

    // MARK: Host and other fields

    private static let hosts: [RawRequest] = [
        ("missing", []), ("two", ["Host: localhost", "Host: other"]), ("two the same", ["Host: localhost", "Host: localhost"]),
        ("empty", ["Host:"]), ("list", ["Host: localhost, other"]), ("path", ["Host: localhost/x"]),
        ("user", ["Host: a@localhost"]), ("blank", ["Host: local host"]), ("tab", ["Host: \tlocalhost"]),
        ("blank before colon", ["Host : localhost"]), ("folded", ["Host:\r\n localhost"]),
        ("blank before name", [" Host: localhost"]),
    ].map { name, lines in
        RawRequest("host, \(name)", RawSite.request(["Content-Length: 5"], "hello", host: lines), .refused(400))
    }

    private static let fields: [RawRequest] =
        [
            ("empty name", ": x", 400), ("no colon", "Nothing", 400), ("blank in name", "X Y: z", 400),
            ("folded", "X: y\r\n z", 400),
            ("mark in name", "X(Y): z", 400), ("NUL", "X: y\0z", 400), ("bell", "X: \u{07}", 400),
            ("bare return", "X: y\rz", 400),
            ("bare line feed", "X: y\nz", 400), ("upgrade to HTTP/2", "Connection: Upgrade\r\nUpgrade: h2c", 400),
            ("upgrade to a web socket", "Upgrade: websocket\r\nConnection: Upgrade", 400),
            ("connection takes framing away", "Connection: close, Content-Length", 400),
            ("connection takes encoding away", "Connection: Transfer-Encoding", 400),
            ("other expectation", "Expect: 200-ok", 417), ("two expectations", "Expect: 100-continue, 100-continue", 417),
            ("too many", (1...64).map { "X-\($0): y" }.joined(separator: "\r\n"), 431),
            ("too long", "X: " + String(repeating: "y", count: 16 << 10), 431),
            ("endless", "X: " + String(repeating: "y", count: 64 << 10), 431),
        ].map { name, line, status in
            RawRequest("field, \(name)", RawSite.request([line, "Content-Length: 5"], "hello"), .refused(status))
        }

    // MARK: In order

    /// Bodies that the server has no use for, each a request: they are bodies all the same.
    private static let bodiesOfNobody: [RawRequest] = [
        "GET /webhooks/front", "HEAD /webhooks/front", "DELETE /webhooks/front", "OPTIONS /webhooks/front", "PUT /nowhere",
        "POST /nowhere", "GET /", "POST /webhooks/nobody", "POST /webhooks/front/../hidden", "POST /webhooks//front",
        "POST /webhooks/closed",
    ].map { first in
        RawRequest(
            "CL.0, \(first)",
            RawSite.request(["Content-Length: \(hidden.utf8.count)"], hidden, first: first + " HTTP/1.1"), .requests(1))
    }

    private static let size = String(hidden.utf8.count, radix: 16)

    private static let inOrder: [RawRequest] = [
        RawRequest("a body", RawSite.request(["Content-Length: 5"], "hello"), .requests(1)),
        RawRequest("blanks before the length", RawSite.request(["Content-Length:    5"], "hello"), .requests(1)),
        RawRequest("no blank before the length", RawSite.request(["content-length:5"], "hello"), .requests(1)),
        RawRequest("no body", RawSite.request([]), .requests(1)),
        RawRequest("length zero", RawSite.request(["Content-Length: 0"]), .requests(1)),
        RawRequest(
            "a request in a body", RawSite.request(["Content-Length: \(hidden.utf8.count)"], hidden), .requests(1)),
        RawRequest(
            "a request in a chunk", RawSite.request(["Transfer-Encoding: chunked"], "\(size)\r\n\(hidden)\r\n0\r\n\r\n"),
            .requests(1)),
        RawRequest("chunks", RawSite.request(["Transfer-Encoding: chunked"], chunked), .requests(1)),
        RawRequest(
            "eight digits", RawSite.request(["Transfer-Encoding: chunked"], "00000005\r\nhello\r\n00000000\r\n\r\n"), .requests(1)
        ),
        RawRequest(
            "an end in a chunk", RawSite.request(["Transfer-Encoding: chunked"], "A\r\n0\r\n\r\nhello\r\n0\r\n\r\n"), .requests(1)
        ),
        RawRequest(
            "three in a row", String(repeating: RawSite.request(["Content-Length: 5"], "hello"), count: 3), .requests(3)),
        RawRequest(
            "underscores are another name",
            RawSite.request(["Transfer_Encoding: chunked", "Content-Length: \(endAndHidden.utf8.count)"], endAndHidden),
            .requests(1)),
        RawRequest(
            "ends in a value", RawSite.request(["X: 0\\r\\n\\r\\nPOST /webhooks/hidden HTTP/1.1", "Content-Length: 5"], "hello"),
            .requests(1)),
        RawRequest(
            "waiting to go on", RawSite.request(["Expect: 100-continue", "Content-Length: 5"], "hello"), .requests(1)),
        RawRequest(
            "closed, and a request behind", RawSite.request(["Connection: close", "Content-Length: 5"], "hello" + hidden), .last),
        RawRequest(
            "closed in capitals, and a request behind",
            RawSite.request(["Connection: keep-alive, Close", "Content-Length: 5"], "hello" + hidden), .last),
    ]
}
