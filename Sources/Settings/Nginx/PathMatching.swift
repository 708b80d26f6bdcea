import Glibc

extension Paths {
  /// The files that a pattern of the shell matches, in the order of their names; none where it matches none. Nil stands
  /// for one whose name is not UTF-8.
  static func matching(_ pattern: String) -> [String?] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(pattern, 0, nil, &found) == 0, let list = found.gl_pathv else { return [] }
    return (0..<Int(found.gl_pathc)).map { index in list[index].flatMap { String(validatingCString: $0) } }
  }

  /// The path without links and dots, so that a file is known again; as it is, where it cannot be had.
  static func canonical(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
