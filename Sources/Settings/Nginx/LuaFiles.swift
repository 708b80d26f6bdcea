/// The Lua of `…_by_lua` directives: written there, quoted there, or in a file of its own.
struct LuaFiles {
  private let diagnostics: Diagnostics
  /// Where nginx looks for a relative path: in its prefix, of which the configuration is in `conf`, or beside it.
  private let folders: [String]
  private var files = 0

  init(main: String, diagnostics: Diagnostics) {
    self.diagnostics = diagnostics
    folders = LuaModules(main: main).folders
  }

  /// Nil where there is none to be had.
  ///
  /// - Parameter isNeeded: a file that cannot be read is a problem; otherwise it is passed over.
  mutating func fragment(of directive: NginxDirective, isNeeded: Bool) -> Fragment? {
    if case .lua(let fragment) = directive.body { return fragment }
    // `set_by_lua $name 'Lua'` has a variable first.
    let words = directive.arguments.drop { $0.text.hasPrefix("$") && directive.name.text.hasPrefix("set_by") }
    guard let word = words.first else {
      if isNeeded {
        diagnostics.problem(
          directive.location, "invalid number of arguments in \"\(directive.name.text)\" directive",
          remedy: "give it its Lua")
      }
      return nil
    }
    guard directive.name.text.hasSuffix("_file") else { return directive.fragment(word) }
    let location = directive.location(word)
    guard word.isText else {
      if isNeeded { _ = diagnostics.value(location) { () throws(ValueError) in try directive.text(word) } }
      return nil
    }
    return file(word.text, location, isNeeded)
  }

  private mutating func file(_ path: String, _ location: SourceLocation, _ isNeeded: Bool) -> Fragment? {
    files += 1
    guard files <= Limits.files else { return nil }
    let candidates = folders.map { Paths.resolve(path, from: $0) }
    let found = candidates.first(where: FileReader.exists) ?? candidates[0]
    if !isNeeded, !FileReader.exists(found) { return nil }
    do throws(ValueError) {
      let source = try FileReader.read(found)
      diagnostics.source(found)
      return Fragment(source, Self.start(source.bytes)..<source.bytes.count)
    } catch {
      if isNeeded { diagnostics.problem(location, error) }
      return nil
    }
  }

  /// After a byte order mark, and a first line that begins with `#`, which Lua passes over in files.
  static func start(_ bytes: [UInt8]) -> Int {
    let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    guard start < bytes.count, bytes[start] == UInt8(ascii: "#") else { return start }
    return bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
  }
}
