/// The part of a TLS handshake in which a client must turn away: a server's hello and a certificate that is not good.
///
/// Both are sent in the clear in TLS 1.2, so no cryptography is needed here: a client that verifies ends the handshake at
/// the certificate, and one that does not gets no further either.
enum FakeTLS {
    static let handshakeByte: UInt8 = 0x16

    static func steps(for fault: Misbehaviour) -> [FakeStep] { [.send(record(hello) + record(certificate(fault))), .hang] }

    /// TLS 1.2, ECDHE-ECDSA-AES128-GCM-SHA256, no compression, secure renegotiation.
    private static var hello: [UInt8] {
        let random = (0..<32).map { UInt8($0 * 7) }
        return message(2, [3, 3] + random + [0] + [0xC0, 0x2B] + [0] + [0, 5, 0xFF, 1, 0, 1, 0])
    }

    private static func certificate(_ fault: Misbehaviour) -> [UInt8] {
        let der = decoded(text(of: fault))
        return message(11, length24(der.count + 3) + length24(der.count) + der)
    }

    private static func record(_ content: [UInt8]) -> [UInt8] {
        [handshakeByte, 3, 3, UInt8(content.count >> 8), UInt8(content.count & 255)] + content
    }

    private static func message(_ type: UInt8, _ content: [UInt8]) -> [UInt8] { [type] + length24(content.count) + content }

    private static func length24(_ length: Int) -> [UInt8] {
        [UInt8(length >> 16 & 255), UInt8(length >> 8 & 255), UInt8(length & 255)]
    }

    /// Of base64 without padding to speak of: what is no letter of it ends the text.
    private static func decoded(_ text: String) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var bytes: [UInt8] = []
        var bits = 0
        var value = 0
        for byte in text.utf8 {
            guard let six = letters.firstIndex(of: byte) else { break }
            value = (value << 6 | six) & 0xFFFF
            bits += 6
            guard bits >= 8 else { continue }
            bits -= 8
            bytes.append(UInt8(value >> bits & 255))
        }
        return bytes
    }

    /// Certificates of a P-256 key, made with `openssl ca` for these tests: the expired one ended in 2020, the others end
    /// in 2120; the one with the wrong name is for `other.example.org`; all but the self-signed one are of an authority
    /// that nobody trusts.
    private static func text(of fault: Misbehaviour) -> String {
        switch fault {
        case .expiredCertificate:
            """
            MIIBejCCASCgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IEF1dGhvcml0eTAeFw0yMDAxMDEwMDAwMDBaFw0y\
            MDAyMDEwMDAwMDBaMBQxEjAQBgNVBAMMCTEyNy4wLjAuMTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFac/9q/jg/TegoUmsl7\
            DmwHMxNLEDk3oLY1oNrvRFQJYPnZuCZuaoa5dVpja0BOfkUfsMNOuIcPqAV9yVpeCo+jXjBcMBoGA1UdEQQTMBGHBH8AAAGCCWxv\
            Y2FsaG9zdDAdBgNVHQ4EFgQU1WhQcN4uBms7s099BAGrwmnPKPkwHwYDVR0jBBgwFoAUUi53AMUeRE/D64i//gCK2k+DKw0wCgYI\
            KoZIzj0EAwIDSAAwRQIgUl/POpKSOOO5ir+QxMgVWBHRe8y1TQIXWaj6ucW8I04CIQC9YJilH4hNgODojUqRigyX/TKcaHWY7MC6\
            +eJVTkBeQQ==
            """
        case .wrongNameCertificate:
            """
            MIIBfjCCASSgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5UZXN0IEF1dGhvcml0eTAgFw0yMDAxMDEwMDAwMDBaGA8y\
            MTIwMDEwMTAwMDAwMFowFDESMBAGA1UEAwwJMTI3LjAuMC4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVpz/2r+OD9N6ChSa\
            yXsObAczE0sQOTegtjWg2u9EVAlg+dm4Jm5qhrl1WmNrQE5+RR+ww064hw+oBX3JWl4Kj6NgMF4wHAYDVR0RBBUwE4IRb3RoZXIu\
            ZXhhbXBsZS5vcmcwHQYDVR0OBBYEFNVoUHDeLgZrO7NPfQQBq8Jpzyj5MB8GA1UdIwQYMBaAFFIudwDFHkRPw+uIv/4AitpPgysN\
            MAoGCCqGSM49BAMCA0gAMEUCIGUqdNPe32YxuWw9AepK6F0u34UbXvEge2C2ul0niMcaAiEAoCZpjH3WFO2k/zJb/fodeZpCyNSU\
            OJLtqx5VfvDs5nY=
            """
        default:
            """
            MIIBVTCB/KADAgECAgECMAoGCCqGSM49BAMCMBQxEjAQBgNVBAMMCTEyNy4wLjAuMTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEw\
            MTAwMDAwMFowFDESMBAGA1UEAwwJMTI3LjAuMC4xMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVpz/2r+OD9N6ChSayXsObAcz\
            E0sQOTegtjWg2u9EVAlg+dm4Jm5qhrl1WmNrQE5+RR+ww064hw+oBX3JWl4Kj6M9MDswGgYDVR0RBBMwEYcEfwAAAYIJbG9jYWxo\
            b3N0MB0GA1UdDgQWBBTVaFBw3i4GazuzT30EAavCac8o+TAKBggqhkjOPQQDAgNIADBFAiEAxuRrztrBCWbN/KPmmIea4RN1KuxK\
            XpwFoN+4GL5mNuMCIGnHVTbJG492XETVAIvrwyo18hEm7tjvTJMJ7yKu8rDg
            """
        }
    }
}
