import Settings
import Testing

import class Foundation.FileManager

/// Whatever becomes of the process that evaluates the Lua is an error message with the place of the Lua.
struct LuaProcessTests {
  /// Loads with a shell script in place of the program.
  private func lines(_ script: String, patienceMs: Int = 60_000) throws -> [String] {
    let folder = try Folder()
    let program = try folder.write("program", "#!/bin/sh\n\(script)\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
    var told = try lines(LuaProgram(path: program, patienceMs: patienceMs), folder)
    // Another test forked while the script was open for writing: its child has it open until it runs something else.
    while told.contains(where: { $0.contains("Text file busy") }) {
      told = try lines(LuaProgram(path: program, patienceMs: patienceMs), folder)
    }
    return told
  }

  private func lines(_ program: LuaProgram, _ folder: Folder) throws -> [String] {
    let loader = SettingsLoader(environment: [:], hostName: "n", lua: program)
    let file = try folder.write(
      "nginx.conf", "upstream a { server 127.0.0.1:1; }\n  init_worker_by_lua_block { local x = 1 }")
    return loader.load(nginx: file).without(folder).lines
  }

  @Test(arguments: [
    ("exit 0", "the process for it ended early, with status 0"),
    ("exit 7", "the process for it ended early, with status 7"),
    ("kill -SEGV $$", "the process for it crashed (signal 11)"),
    ("kill -ABRT $$", "the process for it crashed (signal 6)"),
    ("kill -KILL $$", "the process for it was killed (signal 9): it took too much time or memory"),
    ("kill -XCPU $$", "the process for it was killed (signal 24): it took too much time or memory"),
    ("printf 'Hello, world'", "the process for it said what cannot be understood"),
    (#"printf '\001\000\000\000?'"#, "the process for it said what cannot be understood"),
    (#"printf '\000\000\000\000'"#, "the process for it said what cannot be understood"),
    (#"printf '\002\000\000\000ZZ'"#, "the process for it said what cannot be understood"),
    (#"printf '\005\000\000\000C\377\377\377\377'"#, "the process for it said what cannot be understood"),
    (
      #"printf '\012\000\000\000L?\001\000\000\000\001\000\000\000'"#,
      "the process for it said what cannot be understood"
    ),
    (#"printf '\003\000\000\000'"#, "the process for it ended early, with status 0"),
    (#"printf '\003\000\000\000Xno'"#, "the Lua could not be evaluated: no"),
    ("exec cat /dev/zero", "the process for it said what cannot be understood"),
    (
      "PATH=/usr/bin:/bin; head -c 1000 /dev/urandom | tr '\\0-\\377' 'C' ",
      "the process for it said what cannot be understood"
    ),
    ("PATH=/usr/bin:/bin; yes 'ab'", "the process for it said what cannot be understood"),
  ]) func itsEndIsTold(_ script: String, _ what: String) throws {
    let lines = try lines("PATH=/usr/bin:/bin\n" + script)
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("nginx.conf:2:29: the Lua could not be evaluated: ") == true, "\(lines)")
    #expect(lines.first?.contains(what) == true, "\(lines)")
  }

  /// It takes nothing, says nothing, or ends its output and goes on.
  @Test(arguments: ["exec sleep 1000", "cat > /dev/null", "exec >&- <&-; exec sleep 1000"])
  func whoSaysNothingIsKilled(_ script: String) throws {
    let lines = try lines("PATH=/usr/bin:/bin\n" + script, patienceMs: 100)
    #expect(lines.count == 1)
    #expect(lines.first?.contains("killed") == true, "\(lines)")
  }

  @Test func endlessTalkIsCutOff() throws {
    let frame = #"printf '\011\000\000\000D\001\000\000\0001\000\000\000\000'"#
    let lines = try lines("frame() { \(frame); }\nwhile true; do frame || exit; done", patienceMs: 1000)
    #expect(lines.count == 1)
  }

  @Test func aProgramThatIsNotThere() throws {
    let lines = try lines(LuaProgram(path: "/nowhere/quorate"), Folder())
    #expect(
      lines.first?.hasPrefix(
        "nginx.conf:2:29: the Lua could not be evaluated: the process for it cannot be started: No such file")
        == true, "\(lines)")
  }

  /// Descriptors, environment and signals of this process are not inherited.
  @Test func itGetsNothingOfThisProcess() throws {
    let script = """
      PATH=/usr/bin:/bin
      open=$(ls /proc/$$/fd | tr '\\n' ' ')
      variables=$(tr '\\0' ' ' < /proc/$$/environ)
      text="X$open/$variables"
      printf "\\\\$(printf %o ${#text})\\\\000\\\\000\\\\000%s" "$text"
      """
    // A shell has its script open as its tenth, and reads the answer from the third.
    let lines = try lines(script)
    #expect(lines.first?.contains("evaluated: 0 1 10 2 3 /; ") == true, "\(lines)")
  }

  /// Most configurations have no Lua at the start: they need no process.
  @Test func withoutLuaNoProcessIsStarted() throws {
    let loader = SettingsLoader(
      environment: [:], hostName: "n", lua: LuaProgram(path: "/nowhere/quorate"))
    let folder = try Folder()
    let file = try folder.write(
      "nginx.conf",
      "upstream a { server 127.0.0.1:1; } server { location / { content_by_lua_block { ngx.say(1) } } }")
    #expect(try loader.load(nginx: file).get().settings.upstreams.count == 1)
  }
}
