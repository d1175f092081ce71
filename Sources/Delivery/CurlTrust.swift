import CCurl
import Glibc

/// Where libcurl finds the authorities that it trusts.
enum CurlTrust {
    /// True where one file holds all of them, so that their folder is not needed beside it.
    ///
    /// With a folder libcurl keeps nothing of what it read, and reads the whole file again for every connection: over a hundred
    /// certificates, tens of milliseconds on the thread of all calls. Of the file alone it keeps what it read for a day.
    /// Source: `CURLOPT_CA_CACHE_TIMEOUT`, libcurl 7.87.
    static let isInOneFile: Bool = {
        guard let version = curl_version_info(CURLVERSION_SEVENTH), version.pointee.age.rawValue >= CURLVERSION_SEVENTH.rawValue,
            let file = version.pointee.cainfo
        else { return false }
        return access(file, R_OK) == 0
    }()
}
