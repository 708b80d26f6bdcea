import Addresses
import Redis
import Testing

/// Where the primary is: what most of those that answer say.
struct SentinelVoteTests {
  enum Said: Sendable {
    case at(Int)
    case unknown, silent, away, wrongPassword
  }

  private func vote(_ said: [Said]) throws -> SentinelVote {
    let sentinels = said.indices.map { RedisAddress.tcp(host: "s\($0)", port: 26379) }
    var vote = SentinelVote(for: "mymaster", sentinels: sentinels)
    for (sentinel, one) in zip(sentinels, said) {
      switch one {
      case .at(let number):
        let text = "*2\r\n$8\r\n10.0.0.\(number)\r\n$4\r\n6379\r\n"
        vote.add(.success(try #require(try RedisReplyParser()?.feed(Array(text.utf8)).first)), of: sentinel)
      case .unknown:
        vote.add(
          .success(try #require(try RedisReplyParser()?.feed(Array("*-1\r\n".utf8)).first)), of: sentinel)
      case .silent: vote.add(.failure(.deadline(isWritten: true)), of: sentinel)
      case .away: vote.add(.failure(.unreachable("\(sentinel): connection refused")), of: sentinel)
      case .wrongPassword: vote.add(.failure(.refused("the server answers WRONGPASS to AUTH")), of: sentinel)
      }
    }
    return vote
  }

  @Test(arguments: [
    ([Said.at(1), .at(1), .at(2)], 1), ([.at(1), .away, .silent], 1), ([.at(2), .at(2), .away], 2),
    ([.at(1), .at(2), .at(2), .at(2), .away], 2), ([.at(1)], 1), ([.at(1), .at(1), .unknown], 1),
  ]) func mostOfThoseThatAnswerCount(_ said: [Said], _ number: Int) throws {
    #expect(try vote(said).result() == .tcp(host: "10.0.0.\(number)", port: 6379))
  }

  @Test(arguments: [
    ([Said.at(1), .at(2), .away], "the Sentinels do not agree on the primary: 10.0.0.1:6379, 10.0.0.2:6379"),
    ([.at(1), .unknown, .away], "the Sentinels do not agree on the primary: 10.0.0.1:6379"),
    ([.unknown, .away, .away], #"the Sentinels know no master "mymaster""#),
    ([.away, .silent, .silent], "no Sentinel answers: s0:26379: connection refused"),
    ([.silent, .away], "no Sentinel answers: s0:26379: no answer in time"),
  ]) func elseThereIsAReason(_ said: [Said], _ reason: String) throws {
    let vote = try vote(said)
    #expect(throws: RedisError.unreachable(reason)) { try vote.result() }
  }

  /// Who is refused by all will be refused again: nobody has to wait for that.
  @Test func aLoginThatIsRefusedIsToldAsThat() throws {
    let vote = try vote([.wrongPassword, .wrongPassword])
    #expect(throws: RedisError.refused("s0:26379: the server answers WRONGPASS to AUTH")) {
      try vote.result()
    }
  }

  /// Nobody waits for a Sentinel that hangs once the others have decided.
  @Test func itIsDecidedWhenMostOfAllAgree() throws {
    #expect(try vote([.at(1), .at(1), .silent]).isDecided)
    #expect(try !vote([.at(1), .silent, .silent]).isDecided)
    #expect(try !vote([.at(1), .at(2), .silent]).isDecided)
  }
}
