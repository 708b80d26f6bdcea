import Reading

/// A small picture of an upstream: its peers from left to right, each as a mark in the colour of its condition.
///
/// Past `marks` peers a mark stands for several, and the worst of them rises in it as high as their share, yet never
/// too low to be seen. The picture says nothing that the numbers beside it do not, so readers that hear the page do not
/// get it.
enum PeerStrip {
  struct Mark: Hashable, Sendable {
    var worst: PeerCondition
    /// How high the worst condition stands, of `height`; the rest is up.
    var level: Int
  }

  /// Marks with a gap between them.
  static let single = 48
  /// Marks at most.
  static let marks = 160
  /// Units of the picture: a mark's width, the height, and the least that a condition gets of it.
  private static let width = 120
  static let height = 10
  private static let least = 6

  static func write(_ conditions: [PeerCondition], to html: inout Html) {
    let marks = bucketed(conditions)
    guard !marks.isEmpty else { return }
    let isSingle = conditions.count <= single
    // Some two pixels of the width that the style gives it, however many marks there are.
    let gap = isSingle && marks.count > 1 ? min(24, marks.count) : 0
    html.element(
      .svg, .class("strip"), .viewBox(width: marks.count * width - gap, height: height),
      .trusted(" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\"")
    ) { html in
      var start = 0
      while start < marks.count {
        var end = start + 1
        while !isSingle, end < marks.count, marks[end] == marks[start] { end += 1 }
        write(marks[start], x: start * width, width: (end - start) * width - gap, to: &html)
        start = end
      }
    }
  }

  private static func write(_ mark: Mark, x: Int, width: Int, to html: inout Html) {
    if mark.level < height { rect(.up, x, width, 0, height - mark.level, to: &html) }
    rect(mark.worst, x, width, height - mark.level, mark.level, to: &html)
  }

  private static func rect(
    _ condition: PeerCondition, _ x: Int, _ width: Int, _ y: Int, _ height: Int, to html: inout Html
  ) {
    html.shape(
      .rect, .class(condition.style), .x(x), .y(y),
      .width(width), .height(height))
  }

  static func bucketed(_ conditions: [PeerCondition]) -> [Mark] {
    guard conditions.count > marks else { return conditions.map { Mark(worst: $0, level: height) } }
    return (0..<marks).map { mark in
      let bucket = conditions[mark * conditions.count / marks..<(mark + 1) * conditions.count / marks]
      guard let worst = bucket.min(), worst.isProblem else {
        return Mark(worst: bucket.first ?? .up, level: height)
      }
      let share = bucket.reduce(0) { $0 + ($1 == worst ? 1 : 0) } * height / bucket.count
      return Mark(worst: worst, level: max(least, share))
    }
  }
}
