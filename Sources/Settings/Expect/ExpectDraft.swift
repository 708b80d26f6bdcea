import Health

/// What `expect` says, before it is known for which type.
enum ExpectDraft {
  /// A mapping about an answer of HTTP.
  case answer(Expectations)
  /// Bytes, or a regular expression over them.
  case bytes(DialogStep.Expected)
}
