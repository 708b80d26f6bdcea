/// Where the Lua of a configuration was: the number of a chunk, from 1, and a line in it, from 1; 0: nowhere yet.
struct LuaSpot: Hashable {
  var chunk: Int
  var line: Int
}

/// Why `spawn_checker` answered nil.
enum LuaRefusal: String {
  case type, kind
  case request = "http_req"
  case upstream
  case notFound = "not-found"
  /// Called in `init_by_lua*`, where nginx starts no timers.
  case initPhase = "init"
  /// The options come from what is not known here.
  case unknown
}

/// What the process of an evaluation tells.
enum LuaRecord {
  /// The value of an option.
  indirect enum Value {
    case text([UInt8])
    case truth(Bool)
    case list([Value])
    /// A table with keys, or what is no value for settings: `mapping`, `function`.
    case other(String)
    /// It comes from what is not known here, by that name.
    case unknown(String)
  }

  /// `spawn_checker` was called; options without a name have an empty one.
  case call(LuaSpot, LuaRefusal?, [(name: String, value: Value)])
  case valueError(LuaSpot, String)
  /// A module is asked for, along these patterns; it is waiting for an answer.
  case module(name: String, path: String, LuaSpot)
  /// Nothing is known of a module: there is no file.
  case unknownModule(String, LuaSpot)
  /// A function was put off to a time that does not come.
  case delayed(LuaSpot)
  case limit(Limit, LuaSpot)
  /// The part of it that is ours failed.
  case broken(String)
  case end

  enum Limit: UInt8 {
    case instructions = 105  // i
    case memory = 109  // m
    case time = 116  // t
    case crash = 99  // c
  }

  init(_ frame: ArraySlice<UInt8>) throws(LuaFrameReader.Garbage) {
    var reader = LuaFrameReader(frame.dropFirst())
    switch frame.first {
    case UInt8(ascii: "C"): self = try Self.call(&reader)
    case UInt8(ascii: "E"): self = .valueError(try Self.spot(&reader), try reader.text())
    case UInt8(ascii: "M"):
      let name = try reader.text()
      let path = try reader.text()
      self = .module(name: name, path: path, try Self.spot(&reader))
    case UInt8(ascii: "U"):
      let name = try reader.text()
      self = .unknownModule(name, try Self.spot(&reader))
    case UInt8(ascii: "D"): self = .delayed(try Self.spot(&reader))
    case UInt8(ascii: "L"):
      guard let limit = Limit(rawValue: try reader.byte()) else { throw LuaFrameReader.Garbage() }
      self = .limit(limit, LuaSpot(chunk: try reader.count(), line: try reader.count()))
    case UInt8(ascii: "X"):
      self = .broken(String(decoding: frame.dropFirst(), as: UTF8.self))
      return
    case UInt8(ascii: "Z"): self = .end
    default: throw LuaFrameReader.Garbage()
    }
    try reader.end()
  }

  private static func spot(_ reader: inout LuaFrameReader) throws(LuaFrameReader.Garbage) -> LuaSpot {
    LuaSpot(chunk: try reader.number(), line: try reader.number())
  }

  private static func call(_ reader: inout LuaFrameReader) throws(LuaFrameReader.Garbage) -> LuaRecord {
    let spot = try spot(&reader)
    let word = try reader.text()
    let refusal = LuaRefusal(rawValue: word)
    guard refusal != nil || word.isEmpty else { throw LuaFrameReader.Garbage() }
    var options: [(name: String, value: Value)] = []
    for _ in 0..<(try reader.count()) {
      options.append((try reader.text(), try value(&reader, depth: 0)))
    }
    return .call(spot, refusal, options)
  }

  private static func value(
    _ reader: inout LuaFrameReader, depth: Int
  ) throws(LuaFrameReader.Garbage) -> Value {
    guard depth < 10 else { throw LuaFrameReader.Garbage() }
    switch try reader.byte() {
    case UInt8(ascii: "s"): return .text(try reader.field())
    case UInt8(ascii: "b"): return .truth(try reader.text() == "true")
    case UInt8(ascii: "o"): return .other(try reader.text())
    case UInt8(ascii: "u"): return .unknown(try reader.text())
    case UInt8(ascii: "l"):
      var values: [Value] = []
      for _ in 0..<(try reader.count()) { values.append(try value(&reader, depth: depth + 1)) }
      return .list(values)
    default: throw LuaFrameReader.Garbage()
    }
  }
}
