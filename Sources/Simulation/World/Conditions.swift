/// What is wrong with the whole of it now, and since when nothing is.
package struct Conditions: Sendable {
  var delays: [Int64] = []
  var losses: [Int64] = []
  /// Faults under way, those of backends left out.
  package internal(set) var active = 0
  /// Those of `active` that are more than nodes which do not run, stand still, or are cut off.
  package internal(set) var disturbing = 0
  /// When the last of them ended, or happened: true µs.
  package internal(set) var lastUs: Int64 = 0
  /// When Redis last lost something: true µs; nil: never.
  package internal(set) var lossUs: Int64?
  /// The index was lost: what it named and nobody has, nobody who starts afterwards knows of, since nobody scans.
  var hasLostIndex = false

  /// The longest extra time of a message.
  var delayMs: Int64 { delays.max() ?? 0 }
  var lossPermille: Int64 { losses.max() ?? 0 }
}
