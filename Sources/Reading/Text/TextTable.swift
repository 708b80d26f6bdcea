/// Columns for people, each as wide as its widest cell.
struct TextTable {
  struct Cell {
    var text: String
    var colour: Paint.Colour

    init(_ text: String, _ colour: Paint.Colour = .plain) {
      self.text = text
      self.colour = colour
    }
  }

  let headings: [String]
  private(set) var rows: [[Cell]] = []

  init(_ headings: [String]) {
    self.headings = headings
  }

  /// - Parameter row: as many cells as there are headings.
  mutating func add(_ row: [Cell]) { rows.append(row) }

  /// One for each row, the headings first.
  func lines(_ paint: Paint) -> [String] {
    let all = [headings.map { Cell($0, .bold) }] + rows
    let widths = headings.indices.map { column in all.map { $0[column].text.count }.max() ?? 0 }
    return all.map { row in
      // Nothing is put after the last cell that says something.
      let last = row.lastIndex { !$0.text.isEmpty } ?? 0
      return row[...last].enumerated().map { column, cell in
        let space = column == last ? 0 : widths[column] - cell.text.count
        return paint(cell.text, cell.colour) + String(repeating: " ", count: space)
      }.joined(separator: "  ")
    }
  }
}
