import Simulation
import Testing

@Suite struct WorldTests {
  @Test func theSameSeedIsTheSameHistory() {
    for seed: UInt64 in [1, 3, 7] {
      let histories = (0..<2).map { _ in
        let transcript = Transcript(withProbes: true)
        _ = Verdict.of(PlanMaker.plan(seed: seed), transcript: transcript)
        return transcript.lines
      }
      #expect(histories[0] == histories[1] && histories[0].count > 100)
    }
  }
}
