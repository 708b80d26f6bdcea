import ArgumentParser
import FoundationEssentials
import Glibc
import Simulation
import Synchronization

/// What a long run has found so far, in a file that it goes on with when it is started again: what is broken as it comes,
/// and now and then up to where all seeds have been run.
///
///     from 20000000
///     broken 20000123 SomebodyLeads at 45000 ms: nobody who lives leads; the lease is free
///     until 20002000
struct FindingsFile {
  let path: String
  /// The first seed of the whole run.
  let from: UInt64
  /// The first one that is not done.
  let next: UInt64
  /// What was found before, by seed.
  let broken: [UInt64: String]

  /// - Parameter from: where to begin if the file is new; a file that is there must have begun at the same seed, or at
  ///   any if `from` was drawn.
  init(path: String, from: UInt64, isDrawn: Bool) throws {
    self.path = path
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    var began: UInt64?
    var next: UInt64?
    var broken: [UInt64: String] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count >= 2, let seed = UInt64(words[1]) else {
        throw ValidationError("\(path) is none of the files that --log writes: '\(line)'")
      }
      switch words[0] {
      case "from": began = seed
      case "until": next = seed
      default: broken[seed] = words.count == 3 ? String(words[2]) : ""
      }
    }
    if let began, began != from, !isDrawn {
      throw ValidationError("\(path) is of a run from \(began); say --from \(began) or another --log")
    }
    self.from = began ?? from
    self.next = next ?? self.from
    self.broken = broken
    if began == nil { try append("from \(self.from)") }
  }

  /// One writing each, so that the file is whole whenever the run is ended.
  func append(_ line: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard file >= 0 else {
      throw ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    var bytes = Array((line + "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      guard count > 0 else {
        throw ValidationError("\(path) cannot be written: \(String(cString: strerror(errno)))")
      }
      bytes = bytes.dropFirst(count)
    }
  }

  func append(_ verdict: Verdict) throws {
    guard let violation = verdict.violations.first else { return }
    try append(
      "broken \(verdict.seed) \(violation.invariant) at \(violation.atMs) ms: "
        + violation.what.replacing("\n", with: " "))
  }
}
