import Health
import Matching
import Testing

/// Places in JSON.
@Suite struct JsonSearchTests {
  private func find(_ path: String, in text: String) throws -> JsonSearch.Found {
    let path = try JsonPath(path)
    return try Array(text.utf8).withUnsafeBufferPointer { try JsonSearch.find(path, in: $0) }
  }

  @Test(arguments: [
    ("$", "1", JsonSearch.Found.scalar(.number("1"))), ("$", " \"a\" ", .scalar(.string("a"))),
    ("$.status", #"{"status":"ok"}"#, .scalar(.string("ok"))),
    ("$.a.b", #"{"a":{"c":1,"b":true},"b":false}"#, .scalar(.bool(true))),
    ("$.a[1]", #"{"a":[1,null,3]}"#, .scalar(.null)),
    ("$[0][0].x", #"[[{"x":-1.5e3}]]"#, .scalar(.number("-1.5e3"))),
    (#"$["a b"]"#, #"{"a b":"c"}"#, .scalar(.string("c"))),
    (#"$['a"b']"#, #"{"a\"b":1}"#, .scalar(.number("1"))),
    ("$.ä", #"{"\u00e4":"\ud83d\ude00"}"#, .scalar(.string("😀"))), ("$.a", #"{"a":{}}"#, .object),
    ("$.a", #"{"a":[]}"#, .array), ("$.b", #"{"a":1}"#, .nothing), ("$.a[3]", #"{"a":[1]}"#, .nothing),
    ("$.a.b", #"{"a":1}"#, .nothing), ("$[0]", #"{"0":1}"#, .nothing), ("$.a", "[]", .nothing),
    // Of two members of a name the last one counts, also where it lacks what is asked for.
    ("$.a", #"{"a":1,"a":2}"#, .scalar(.number("2"))), ("$.a.b", #"{"a":{"b":1},"a":2}"#, .nothing),
  ])
  func finds(path: String, text: String, found: JsonSearch.Found) throws {
    #expect(try find(path, in: text) == found)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "-", "+1", "tru", "nul", "\"a", "\"\u{1}\"",
    "\"\\x\"",
    "\"\\u12g4\"", "1 2", "{\"a\" 1}", "[1 2]", "{\"a\":1 \"b\":2}", "<html>",
    String(repeating: "[", count: 65) + String(repeating: "]", count: 65), "1e", "NaN",
  ])
  func whatIsNoJsonIsRefused(text: String) {
    #expect(throws: JsonSearch.Malformed.self) { try find("$.a", in: text) }
  }

  @Test(arguments: [
    ("status", 0, "begins with $"), ("$.", 2, "comes a name"), ("$a", 1, "comes .name"),
    ("$[", 2, "a number"),
    ("$[-1]", 2, "a number"), ("$[1", 3, "not closed"), (#"$["a"#, 4, "no end"), ("$.a b", 3, "comes .name"),
    ("$[*]", 2, "a number"), ("$..a", 2, "comes a name"),
    ("$" + String(repeating: ".a", count: 33), 65, "more than 32"),
  ])
  func aWrongPathTellsWhere(text: String, offset: Int, what: String) {
    do throws(PatternFault) {
      _ = try JsonPath(text)
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.offset == offset)
      #expect(error.what.contains(what), "\(error.what)")
    }
  }

  @Test(arguments: [
    (JsonScalar.number("1"), JsonScalar.number("1.0"), true), (.number("1e2"), .number("100"), true),
    (.number("9007199254740993"), .number("9007199254740992"), false), (.number("-0"), .number("0"), true),
    (.number("1"), .string("1"), false), (.bool(true), .string("true"), false), (.null, .null, true),
    (.string("a"), .string("a"), true), (.number("0.1"), .number("0.2"), false),
  ])
  func scalarsAreComparedAsJson(left: JsonScalar, right: JsonScalar, areEqual: Bool) {
    #expect(left.means(right) == areEqual)
  }
}
