import Testing

@testable import Simulation

@Suite struct EventQueueTests {
  @Test func comesOutByTimeAndThenInTheOrderItWasPutIn() {
    var dice = SeededRandom(seed: 1)
    var queue = EventQueue<Int>()
    var expected: [(atUs: Int64, number: Int)] = []
    for number in 0..<500 {
      let atUs = dice.between(0, 50)
      queue.put(number, atUs: atUs)
      expected.append((atUs, number))
    }
    expected.sort { $0 < $1 }
    for (atUs, number) in expected {
      #expect(queue.nextUs == atUs)
      #expect(queue.popFirst() == number)
    }
    #expect(queue.popFirst() == nil && queue.nextUs == nil)
  }

  @Test func takesWhileItIsFilled() {
    var queue = EventQueue<String>()
    queue.put("b", atUs: 2)
    queue.put("a", atUs: 1)
    #expect(queue.popFirst() == "a")
    queue.put("c", atUs: 2)
    queue.put("first", atUs: 0)
    #expect((0..<3).map { _ in queue.popFirst() } == ["first", "b", "c"])
  }
}
