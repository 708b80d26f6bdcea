/// What a name stands for, as far as several answers agree: a new element is taken at once, and one goes when it was
/// missing from `patience` answers in a row.
///
/// Many name servers give another order, or another part of a large set, each time they are asked. Order counts for nothing
/// here; and an element that comes back after it had gone is waited for twice as long the next time, so that a set which is
/// told in parts comes to rest as the whole.
package struct HeldSet<Element: Hashable & Sendable>: Sendable {
  /// Answers that an element may be missing from before it goes.
  static var firstPatience: Int { 2 }
  static var longestPatience: Int { 64 }

  private struct Sighting: Sendable {
    /// Answers in a row without it.
    var misses = 0
    /// Answers in a row with it.
    var hits = 1
    var patience: Int
    var isHeld = true
  }

  private var sightings: [Element: Sighting] = [:]

  package init() {}

  package var elements: some Collection<Element> { sightings.lazy.filter(\.value.isHeld).map(\.key) }

  package var isEmpty: Bool { !sightings.values.contains(where: \.isHeld) }

  /// Takes an answer; true: other elements are held now.
  package mutating func take(_ answer: Set<Element>) -> Bool {
    var isChanged = false
    for element in answer where see(element) { isChanged = true }
    for element in sightings.keys where !answer.contains(element) {
      if miss(element) { isChanged = true }
    }
    return isChanged
  }

  private mutating func see(_ element: Element) -> Bool {
    guard var sighting = sightings[element] else {
      sightings[element] = Sighting(patience: Self.firstPatience)
      return true
    }
    let wasHeld = sighting.isHeld
    sighting.hits = sighting.misses == 0 ? sighting.hits + 1 : 1
    sighting.misses = 0
    sighting.isHeld = true
    if !wasHeld { sighting.patience = min(sighting.patience * 2, Self.longestPatience) }
    // It has been there for so long that it is not one of those that come and go.
    if sighting.hits >= Self.longestPatience { sighting.patience = Self.firstPatience }
    sightings[element] = sighting
    return !wasHeld
  }

  private mutating func miss(_ element: Element) -> Bool {
    guard var sighting = sightings[element] else { return false }
    let wasHeld = sighting.isHeld
    sighting.misses += 1
    sighting.hits = 0
    sighting.isHeld = wasHeld && sighting.misses < sighting.patience
    // That it has come and gone is remembered for a while only.
    let isForgotten = sighting.misses >= sighting.patience + Self.longestPatience
    sightings[element] = isForgotten ? nil : sighting
    return wasHeld && !sighting.isHeld
  }

  /// Holds exactly these from now on; true: others than before.
  package mutating func replace(with answer: Set<Element>) -> Bool {
    let before = Set(elements)
    if before == answer { return take(answer) }
    sightings = [:]
    _ = take(answer)
    return true
  }

  package mutating func letGo() { sightings = [:] }
}
