package import Health

/// What became of an expectation.
package enum AnswerVerdict: Hashable, Sendable {
  case met
  /// With the piece that is not as expected, shortened.
  case failed(Failure, String)
}
