import Naming
import Testing

/// What several answers come to: each answer is a text whose letters are its elements.
struct HeldSetTests {
  struct Story: CustomTestStringConvertible {
    var name: String
    var answers: [String]
    /// After each answer.
    var held: [String]
    var testDescription: String { name }
  }

  static let stories = [
    Story(name: "order counts for nothing", answers: ["ab", "ba", "ab"], held: ["ab", "ab", "ab"]),
    Story(name: "what is new comes at once", answers: ["a", "abc"], held: ["a", "abc"]),
    Story(name: "one goes when two answers lack it", answers: ["ab", "a", "a"], held: ["ab", "ab", "a"]),
    Story(name: "a move keeps both for one answer", answers: ["a", "b", "b"], held: ["a", "ab", "b"]),
    Story(
      name: "an answer with it begins anew", answers: ["ab", "a", "ab", "a", "a"],
      held: ["ab", "ab", "ab", "ab", "a"]),
    Story(
      name: "who comes back is waited for twice as long",
      answers: ["ab", "a", "a", "ab", "a", "a", "a", "a"],
      held: ["ab", "ab", "a", "ab", "ab", "ab", "ab", "a"]),
    Story(
      name: "two that take turns are one set", answers: ["a", "b", "a", "b", "a", "b"],
      held: ["a", "ab", "ab", "ab", "ab", "ab"]),
  ]

  @Test(arguments: stories)
  func answersComeTo(_ story: Story) {
    var set = HeldSet<Character>()
    for (answer, held) in zip(story.answers, story.held) {
      let before = Set(set.elements)
      let isChanged = set.take(Set(answer))
      #expect(Set(set.elements) == Set(held), "after \(answer)")
      #expect(isChanged == (before != Set(set.elements)), "after \(answer)")
    }
  }

  /// A name server that tells one of five addresses each time, in turn or at random, changes nothing after a while.
  @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8])
  func aSetThatIsToldInPartsComesToRest(seed: UInt64) {
    var set = HeldSet<Int>()
    var chance = seed
    var changes: [Int] = []
    for round in 0..<2000 {
      chance = chance &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if set.take([Int(chance >> 33) % 5]) { changes.append(round) }
    }
    #expect(Set(set.elements) == [0, 1, 2, 3, 4])
    // In 2,000 answers each came and went a few times, and hardly ever since the first hundreds.
    #expect(changes.count < 60, "\(changes)")
    #expect(changes.filter { $0 > 500 }.count <= 10, "\(changes)")
  }

  @Test func whatHasBeenThereForLongGoesAsFastAsAnythingNew() {
    var set = HeldSet<Int>()
    for answer in [[1, 2], [1], [1], [1, 2]] as [Set<Int>] { _ = set.take(answer) }
    for _ in 0..<64 { _ = set.take([1, 2]) }
    _ = set.take([1])
    let isChanged = set.take([1])
    #expect(isChanged)
    #expect(Set(set.elements) == [1])
  }

  @Test func anAnswerThatIsWantedReplaces() {
    var set = HeldSet<Int>()
    _ = set.take([1, 2])
    let isChanged = set.replace(with: [3])
    #expect(isChanged && Set(set.elements) == [3])
    let isChangedAgain = set.replace(with: [3])
    #expect(!isChangedAgain)
    set.letGo()
    #expect(set.isEmpty)
  }
}
