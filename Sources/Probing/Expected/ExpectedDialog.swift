package import Health
package import Matching

/// The steps of the conversations with the peers of one upstream, made ready once for all. Of one thread.
package final class ExpectedDialog {
  enum Expected {
    case contains(ByteSearch)
    case matches(Pattern)
  }

  struct Step {
    var send: [UInt8]
    var expected: Expected?
  }

  let steps: [Step]

  /// - Throws: `PatternFault` for a regular expression that cannot be used; settings refuse those.
  package init(_ steps: [DialogStep]) throws(PatternFault) {
    var compiled: [Step] = []
    for step in steps {
      let expected: Expected? =
        switch step.expect {
        case .contains(let bytes): .contains(ByteSearch(bytes))
        case .matches(let text): .matches(try Pattern(text, over: .bytes))
        case nil: nil
        }
      compiled.append(Step(send: step.send, expected: expected))
    }
    self.steps = compiled
  }
}
