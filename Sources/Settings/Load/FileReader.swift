import Glibc

/// Reads whole files, with a limit.
enum FileReader {
  /// The bytes of the file, at most `Limits.fileBytes`; they need not be UTF-8.
  static func read(_ path: String) throws(ValueError) -> SourceText {
    if path.utf8.contains(0) { throw unreadable(path, "the path has a zero byte in it") }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(path, systemText(errno)) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw unreadable(path, systemText(errno)) }
    // A pipe or a device could block or never end; and it could not be read again at a reload.
    guard status.st_mode & S_IFMT == S_IFREG else { throw unreadable(path, kind(status.st_mode)) }
    return SourceText(path: path, bytes: try content(descriptor, path))
  }

  /// Throws where the bytes are not UTF-8.
  static func requireText(_ source: SourceText) throws(ValueError) {
    guard let offset = firstInvalid(source.bytes) else { return }
    let location = source.location(offset)
    throw ValueError(
      what:
        "\"\(Quoting.path(source.path))\" is not UTF-8 (line \(location.line), column \(location.column))",
      remedy: "save the file as UTF-8")
  }

  /// What keeps the file from being read; nil: nothing that can be seen without reading it.
  static func whyUnreadable(_ path: String) -> String? { access(path, R_OK) == 0 ? nil : systemText(errno) }

  /// Whether something of that name is there.
  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func content(_ descriptor: Int32, _ path: String) throws(ValueError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return bytes }
      if count < 0 {
        if errno == EINTR { continue }
        throw unreadable(path, systemText(errno))
      }
      bytes += chunk[..<count]
      guard bytes.count <= Limits.fileBytes else {
        throw ValueError(
          what: "\"\(Quoting.path(path))\" is larger than \(Limits.fileBytes >> 20) MiB",
          remedy: "is it the right file?")
      }
    }
  }

  private static func unreadable(_ path: String, _ why: String) -> ValueError {
    ValueError(
      what: "\"\(Quoting.path(path))\" cannot be read: \(why)", remedy: "check the path and its permissions")
  }

  private static func kind(_ mode: mode_t) -> String {
    mode & S_IFMT == S_IFDIR ? "it is a directory" : "it is not a regular file"
  }

  private static func systemText(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }

  /// The offset of the first byte that is not UTF-8; nil when all are.
  private static func firstInvalid(_ bytes: [UInt8]) -> Int? {
    if String(validating: bytes, as: UTF8.self) != nil { return nil }
    var iterator = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var offset = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
    return offset
  }
}

/// Paths as text.
enum Paths {
  /// `path` as seen from `folder`; an absolute one stays.
  static func resolve(_ path: String, from folder: String) -> String {
    if path.hasPrefix("/") || folder.isEmpty { return path }
    return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
  }

  /// The folder of a file: empty for a bare name.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "" }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// The part after the last slash.
  static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...])
  }
}
