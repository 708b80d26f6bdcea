/// A place in what was read: a file with line and column from 1 (columns count Unicode scalars), or a flag.
package struct SourceLocation: Hashable, Sendable {
  /// The path as it was given, or the flag's name (`--listen`).
  package var file: String
  /// 0 for a flag.
  package var line: Int
  package var column: Int

  package init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The start of a file, for what concerns all of it.
  package init(file: String) {
    self.init(file: file, line: 1, column: 1)
  }

  package init(flag: String) {
    self.init(file: flag, line: 0, column: 0)
  }
}

extension SourceLocation: Comparable, CustomStringConvertible {
  package static func < (left: Self, right: Self) -> Bool {
    (left.file, left.line, left.column) < (right.file, right.line, right.column)
  }

  /// `file:line:column`, or the flag alone.
  package var description: String { line == 0 ? file : "\(file):\(line):\(column)" }
}

/// Something that keeps settings from being used, with where it stands and what to do about it.
package struct Problem: Hashable, Sendable {
  package var location: SourceLocation
  package var what: String
  package var remedy: String

  package init(_ location: SourceLocation, _ what: String, remedy: String) {
    self.location = location
    self.what = what
    self.remedy = remedy
  }
}

extension Problem: CustomStringConvertible {
  /// `file:line:column: what; remedy`, on one line.
  package var description: String { "\(location): \(what); \(remedy)" }
}

/// All problems at once, sorted by place; those of one place in the order they were found.
package struct Problems: Error, Hashable, Sendable {
  package let list: [Problem]

  package init(_ list: [Problem]) {
    self.list = list.enumerated().sorted {
      ($0.element.location, $0.offset) < ($1.element.location, $1.offset)
    }
    .map(\.element)
  }
}

extension Problems: CustomStringConvertible {
  /// One line for each.
  package var description: String { list.map(\.description).joined(separator: "\n") }
}

/// Something that was read, but means less or other than its author may think.
package struct Notice: Hashable, Sendable {
  package var location: SourceLocation
  package var text: String

  package init(_ location: SourceLocation, _ text: String) {
    self.location = location
    self.text = text
  }
}

extension Notice: CustomStringConvertible {
  /// `file:line:column: text`.
  package var description: String { "\(location): \(text)" }
}

/// Why a value cannot be taken; whoever knows its place makes a `Problem` of it.
struct ValueError: Error, Hashable {
  var what: String
  var remedy: String

  func at(_ location: SourceLocation) -> Problem { Problem(location, what, remedy: remedy) }
}
