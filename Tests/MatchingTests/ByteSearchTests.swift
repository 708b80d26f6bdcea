import Matching
import Testing

@Suite struct ByteSearchTests {
  @Test(
    arguments: [
      ("ok", "it is ok", 8), ("aab", "aaab", 4), ("abab", "abaabab", 7), ("x", "", nil), ("", "a", 0),
      ("aabaaab", "aabaabaaab", 10), ("no", "nn", nil),
    ] as [(String, String, Int?)])
  func endsTheFirstHoweverItIsCut(wanted: String, subject: String, end: Int?) {
    let search = ByteSearch(Array(wanted.utf8))
    let bytes = Array(subject.utf8)
    for cut in 0...bytes.count {
      var state = 0
      let parts = [bytes[..<cut], bytes[cut...]]
      var found: Int?
      var before = 0
      for part in parts where found == nil {
        found = Array(part).withUnsafeBufferPointer { search.advance(&state, over: $0) }.map { before + $0 }
        before += part.count
      }
      #expect(found == end, "\(wanted) in \(subject) cut at \(cut)")
    }
  }
}
