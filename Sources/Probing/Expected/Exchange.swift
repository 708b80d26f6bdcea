/// What one probe still has to do with its connection where more is expected than a status line or a connection.
final class Exchange {
  enum Kind {
    case answer(AnswerCheck)
    case dialog(Dialog)
    /// All of a connection that speaks HTTP/2.
    case stream(StreamedAnswer)
  }

  let kind: Kind
  /// The status code that came; 0: none.
  var status: UInt16
  /// What is on its way to the peer, and how much of it is sent.
  var unsent: [UInt8] = []
  var sent = 0

  init(_ kind: Kind, status: UInt16 = 0) {
    self.kind = kind
    self.status = status
  }

  var progress: String {
    switch kind {
    case .answer(let check): check.progress
    case .dialog(let dialog): dialog.progress
    case .stream(let answer): answer.progress
    }
  }
}
