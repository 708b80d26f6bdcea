import Glibc
import Health
import Settings
import TestServers
import Testing

import class Foundation.FileManager
import class Foundation.ProcessInfo
import struct Foundation.URL
import struct Foundation.UUID

/// A folder of its own for one test; gone afterwards.
final class Folder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "quorate-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, with its folders; the path of it.
  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    try write(name, Array(text.utf8))
  }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = "\(path)/\(name)"
    let folder = URL(filePath: file).deletingLastPathComponent().path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    guard FileManager.default.createFile(atPath: file, contents: .init(bytes)) else {
      throw CannotWrite(file: file)
    }
    return file
  }

  /// Writes an empty file whose name need not be UTF-8.
  func write(bytes name: [UInt8]) throws {
    let whole = (Array("\(path)/".utf8) + name + [0]).map(CChar.init(bitPattern:))
    guard let file = fopen(whole, "w") else { throw CannotWrite(file: "\(path)/…") }
    fclose(file)
  }

  struct CannotWrite: Error {
    var file: String
  }
}

/// The command that was built with these tests evaluates the Lua.
let lua = LuaProgram(path: Programs.quorate)

let loader = SettingsLoader(
  environment: ["PORT": "8080", "EMPTY": "", "NAME": "eu-1"], hostName: "host.example", lua: lua)

/// Loads one YAML text.
func load(yaml: String, flags: Overrides = Overrides()) throws -> Result<LoadedSettings, Problems> {
  let folder = try Folder()
  return loader.load(config: try folder.write("q.yaml", yaml), flags: flags).without(folder)
}

/// Loads one nginx configuration, with other files beside it.
func load(nginx: String, _ others: [String: String] = [:]) throws -> Result<LoadedSettings, Problems> {
  let folder = try Folder()
  for (name, text) in others { try folder.write(name, text) }
  return loader.load(nginx: try folder.write("nginx.conf", nginx)).without(folder)
}

extension Result where Success == LoadedSettings, Failure == Problems {
  /// The same with paths as seen from the folder.
  func without(_ folder: Folder) -> Self {
    let prefix = folder.path + "/"
    switch self {
    case .success(var loaded):
      loaded.notices = loaded.notices.map { Notice($0.location, $0.text).stripped(prefix) }
      loaded.refusals = loaded.refusals.map { $0.stripped(prefix) }
      loaded.sources = loaded.sources.map { $0.replacing(prefix, with: "") }
      return .success(loaded)
    case .failure(let problems):
      return .failure(Problems(problems.list.map { $0.stripped(prefix) }))
    }
  }

  /// One line for each problem and each refusal.
  var lines: [String] {
    switch self {
    case .success(let loaded): loaded.refusals.map(\.description)
    case .failure(let problems): problems.list.map(\.description)
    }
  }
}

extension Problem {
  func stripped(_ prefix: String) -> Problem {
    var location = location
    location.file = location.file.replacing(prefix, with: "")
    return Problem(
      location, what.replacing(prefix, with: ""), remedy: remedy.replacing(prefix, with: ""))
  }
}

extension Notice {
  func stripped(_ prefix: String) -> Notice {
    var location = location
    location.file = location.file.replacing(prefix, with: "")
    return Notice(location, text.replacing(prefix, with: ""))
  }
}

extension LoadedSettings {
  func upstream(_ name: String) throws -> UpstreamSettings {
    try #require(settings.upstreams.first { $0.name.text == name })
  }

  /// `name role` and `down` of each peer.
  func peers(_ name: String) throws -> [String] {
    try upstream(name).peers.map { "\($0.address) \($0.role.rawValue)\($0.startsDown ? " down" : "")" }
  }
}
