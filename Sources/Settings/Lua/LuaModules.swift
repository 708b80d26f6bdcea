/// Finds the files of `require`: Lua source along `lua_package_path`, and beside the configuration.
struct LuaModules {
  /// Where nginx looks for a relative path: its prefix, of which the configuration is in `conf`, or beside it.
  let folders: [String]

  /// - Parameter main: the path of the configuration's main file.
  init(main: String) {
    let folder = Paths.folder(of: main)
    folders = [folder, Paths.resolve("..", from: folder)]
  }

  /// Where modules are looked for when the configuration says nothing of it.
  static let standardPath = "./?.lua;lua/?.lua;lua/?/init.lua;./?/init.lua;lualib/?.lua"

  /// `lua_package_path`, in which `;;` stands for the standard path.
  static func path(_ given: String?) -> String {
    guard let given else { return standardPath }
    return given.contains(";;")
      ? given.replacing(";;", with: ";\(standardPath);") : "\(given);\(standardPath)"
  }

  /// The file of a module; nil where there is none.
  ///
  /// - Parameter path: patterns with `?` for the module's name, in which `$prefix` is nginx's, separated by `;`.
  func file(_ name: String, path: String) -> String? {
    // A name is no way to climb out of the folders.
    guard !name.isEmpty, name.utf8.count <= 200, !name.contains("/"), !name.contains("..") else { return nil }
    let relative = name.replacing(".", with: "/")
    for pattern in path.split(separator: ";").prefix(50) {
      let pattern = String(pattern).trimmed
      guard pattern.hasSuffix(".lua"), pattern.contains("?") else { continue }
      let named = ["${prefix}/", "$prefix/"].reduce(pattern) { $0.replacing($1, with: "") }
        .replacing("?", with: relative)
      let files = folders.map { Paths.resolve(named, from: $0) }
      if let found = files.first(where: FileReader.exists) { return found }
    }
    return nil
  }

  /// nginx's prefix, as far as it can be told: the folder around `conf`, or the configuration's own.
  var prefix: String {
    let folder = folders[0]
    if Paths.name(of: folder) == "conf" { return Paths.folder(of: folder) + "/" }
    return folder.isEmpty ? "./" : folder.hasSuffix("/") ? folder : folder + "/"
  }
}
