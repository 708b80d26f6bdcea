import Cluster
import Ledger

/// Carries the machine's questions to the ledger and its answers back, so that the machine never waits. What is asked
/// while an answer is under way goes out together.
struct LedgerCourier: Sendable {
  struct Question: Sendable {
    var ticket: LedgerTicket
    var request: LedgerRequest
  }

  let store: any LedgerStore
  let questions = Inbox<Question>()
  let answer: @Sendable (LedgerTicket, Result<LedgerAnswer, LedgerError>) -> Void

  /// Ends when `questions` is closed and empty.
  func run() async {
    while let batch = await questions.take() {
      let answers = await store.perform(batch.map(\.request))
      for (question, answer) in zip(batch, answers) { self.answer(question.ticket, answer) }
    }
  }
}
