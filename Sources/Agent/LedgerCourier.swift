import Cluster
import Ledger

/// Carries the machine's questions to the ledger and its answers back, so that the machine never waits. What is asked
/// in one go goes out together; a ledger that is slow to answer holds up no later question.
struct LedgerCourier: Sendable {
  enum Question: Sendable {
    case ask(LedgerTicket, LedgerRequest)
    case read(LedgerTicket, LedgerQuery)
  }

  let store: any LedgerStore
  let questions = Inbox<Question>()
  /// Takes the answers, as events for the machine.
  let answer: @Sendable (MachineEvent) -> Void

  /// Ends when `questions` is closed and empty, and all answers are there.
  func run() async {
    await withDiscardingTaskGroup { group in
      while let batch = await questions.take() {
        group.addTask { await perform(batch) }
        for case .read(let ticket, let query) in batch {
          group.addTask { await read(ticket, query) }
        }
      }
    }
  }

  private func perform(_ batch: [Question]) async {
    var tickets: [LedgerTicket] = []
    var requests: [LedgerRequest] = []
    for case .ask(let ticket, let request) in batch {
      tickets.append(ticket)
      requests.append(request)
    }
    guard !requests.isEmpty else { return }
    for (ticket, result) in zip(tickets, await store.perform(requests)) { answer(.answered(ticket, result)) }
  }

  private func read(_ ticket: LedgerTicket, _ query: LedgerQuery) async {
    do throws(LedgerError) {
      answer(.read(ticket, .success(try await store.read(query))))
    } catch {
      answer(.read(ticket, .failure(error)))
    }
  }
}
