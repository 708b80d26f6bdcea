/// The program that evaluates the Lua of a configuration, in a process of its own: `quorate`, which `CLuaJIT` makes that
/// where it is started so.
package struct LuaProgram: Sendable {
  let path: String
  /// Milliseconds after which a process that has not ended is killed. Its own limits are long past by then, unless the
  /// machine has no time for it.
  let patienceMs: Int

  package init(path: String, patienceMs: Int = 10_000) {
    self.path = path
    self.patienceMs = patienceMs
  }

  var arguments: [String] {
    [
      path, "evaluate-lua", "\(LuaLimits.instructions)", "\(LuaLimits.bytes)", "\(LuaLimits.milliseconds)",
    ]
  }

  /// The Lua that runs first, and speaks with this process.
  static var prelude: [UInt8] {
    [
      PackageResources.base_lua, PackageResources.standins_lua, PackageResources.ngx_lua,
      PackageResources.json_lua, PackageResources.healthcheck_lua, PackageResources.modules_lua,
      PackageResources.main_lua,
    ].flatMap { $0 }
  }
}

/// How much an evaluation may use. README.md tells the same numbers.
enum LuaLimits {
  static let instructions = 100_000_000
  static let bytes = 64 << 20
  /// Of processor time.
  static let milliseconds = 1000
  /// Bytes that are taken from the process, all together.
  static let answerBytes = 64 << 20
}
