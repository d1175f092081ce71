import Model

/// What a file is, by what is told about it.
enum FileKind {
    /// By a media type such as `image/png`; nil when it tells nothing.
    static func type(ofMedia media: String?) -> MessageType? {
        guard let media = media?.lowercased(), media.contains("/") else { return nil }
        if media.hasPrefix("image/") { return .image }
        if media.hasPrefix("audio/") { return .audio }
        if media.hasPrefix("video/") { return .video }
        return .file
    }

    /// By the end of a URL's path or of a file's name.
    static func type(ofName name: String?) -> MessageType {
        guard let name = name.map(lastComponent), let dot = name.lastIndex(of: ".") else { return .file }
        switch name[name.index(after: dot)...].lowercased() {
        case "jpg", "jpeg", "png", "gif", "webp", "bmp", "heic", "svg", "tiff": return .image
        case "mp3", "ogg", "oga", "opus", "m4a", "aac", "wav", "amr", "flac": return .audio
        case "mp4", "mov", "webm", "avi", "mkv", "3gp", "mpeg": return .video
        default: return .file
        }
    }

    /// What stands behind the last slash of a URL's path, without query and fragment; `""` when nothing does.
    static func lastComponent(of url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        return String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
    }
}
