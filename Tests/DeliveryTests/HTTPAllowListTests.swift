import Delivery
import Testing

@Suite struct HTTPAllowListTests {
    @Test(arguments: [
        ("erp.example.org", "https://erp.example.org/orders/1?x=2#y", true),
        ("erp.example.org", "http://erp.example.org", true),
        ("erp.example.org", "https://ERP.Example.ORG/", true),
        ("ERP.EXAMPLE.ORG", "https://erp.example.org/", true),
        ("erp.example.org", "https://erp.example.org:8443/", true),
        ("erp.example.org", "https://example.org/", false),
        ("erp.example.org", "https://a.erp.example.org/", false),
        ("erp.example.org", "https://erp.example.org.evil.net/", false),
        ("erp.example.org", "https://evilerp.example.org/", false),
        ("erp.example.org", "https://evil.net/erp.example.org", false),
        ("erp.example.org", "https://evil.net/?erp.example.org", false),
        ("erp.example.org", "https://evil.net#erp.example.org", false),
        ("erp.example.org", #"https://evil.net\@erp.example.org/"#, false),
        ("erp.example.org", "https://erp.example.org@evil.net/", false),
        ("erp.example.org", "https://user@erp.example.org/", false),
        ("erp.example.org", "https://user:word@erp.example.org/", false),
        ("erp.example.org", "ftp://erp.example.org/", false),
        ("erp.example.org", "file://erp.example.org/etc/passwd", false),
        ("erp.example.org", "gopher://erp.example.org/", false),
        ("erp.example.org", "erp.example.org/", false),
        ("erp.example.org", "//erp.example.org/", false),
        ("erp.example.org", "", false),
        ("erp.example.org", "https://", false),
        ("erp.example.org", "https:///path", false),
        ("erp.example.org", "https://erp.example.org:0/", false),
        ("erp.example.org", "https://erp.example.org:99999/", false),
        ("erp.example.org", "https://erp.example.org/a b", false),
        ("erp.example.org", "https://erp.example.org/\r\nHost: evil.net", false),
        ("erp.example.org", "https://erp.example.org/\u{e7}", false),
        ("erp.example.org:8443", "https://erp.example.org:8443/", true),
        ("erp.example.org:8443", "https://erp.example.org/", false),
        ("erp.example.org:443", "https://erp.example.org/", true),
        ("erp.example.org:443", "http://erp.example.org/", false),
        ("erp.example.org:80", "http://erp.example.org/", true),
        ("*.example.org", "https://erp.example.org/", true),
        ("*.example.org", "https://a.b.Example.org/", true),
        ("*.example.org", "https://example.org/", false),
        ("*.example.org", "https://.example.org/", false),
        ("*.example.org", "https://badexample.org/", false),
        ("*.example.org:8080", "http://erp.example.org:8080/", true),
        ("*.example.org:8080", "http://erp.example.org/", false),
        ("127.0.0.1", "http://127.0.0.1:8080/", true),
        ("127.0.0.1", "http://127.1:8080/", true),
        ("10.0.0.7", "http://127.0.0.1/", false),
        ("[::1]", "http://[::1]:8080/", true),
        ("[::1]:8080", "http://[::1]:8080/", true),
        ("[::1]:8080", "http://[::1]/", false),
        ("[::1]", "http://[::2]/", false),
    ])
    func permitsListedHostsOnly(entry: String, url: String, isPermitted: Bool) throws {
        #expect(try HTTPAllowList([entry]).permits(url) == isPermitted)
    }

    @Test(arguments: [
        "", "*", "*.", "https://erp.example.org", "erp.example.org/", "erp.example.org:", "erp.example.org:x",
        "erp.example.org:0", "erp.example.org:70000", "user@erp.example.org", "a b", "er*.example.org", "*.*.org", "::1",
        "*.[::1]", "caf\u{e9}.example.org", "%65rp.example.org",
    ])
    func refusesAnEntryThatIsNoHost(entry: String) {
        #expect(throws: HTTPAllowList.EntryError.self) { try HTTPAllowList([entry]) }
    }

    @Test func anyEntryMayPermit() throws {
        let list = try HTTPAllowList(["erp.example.org", "*.crm.example.org"])
        #expect(list.permits("https://eu.crm.example.org/x"))
        #expect(list.permits("https://erp.example.org/x"))
    }

    @Test func anEmptyListPermitsNothing() {
        let refusal = HTTPAllowList.none.refusal(of: "https://erp.example.org/")
        #expect(refusal == "http actions are off: http_actions.allow lists no host")
    }

    @Test func theReasonNamesTheHostAndNotTheURL() throws {
        let list = try HTTPAllowList(["erp.example.org"])
        #expect(list.refusal(of: "https://evil.net/token-1234") == "evil.net:443 is not on http_actions.allow")
        #expect(list.refusal(of: "https://erp.example.org/token-1234") == nil)
        #expect(list.refusal(of: "https://u:p@erp.example.org/") == "the URL holds a user name or password")
    }
}
