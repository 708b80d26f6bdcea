import Health

/// What the Lua of a configuration does when nginx starts, as far as it concerns checkers.
struct LuaOutcome {
  var calls: [CheckerCall] = []
  /// Why it is not known what else it would have done.
  var faults: [Problem] = []
  /// The first function that was put off to later.
  var delayed: SourceLocation?
}

/// Runs the Lua of one configuration in a process of its own.
struct LuaEvaluation {
  private let diagnostics: Diagnostics
  private let modules: LuaModules
  private let start: SourceLocation
  private var locations = LuaPlaces()
  private var files = 0
  private var outcome = LuaOutcome()

  /// - Parameter start: where the first of the Lua stands, for what has no place of its own.
  static func run(
    _ request: LuaRequest, by program: LuaProgram, modules: LuaModules, from start: SourceLocation,
    _ diagnostics: Diagnostics
  ) -> LuaOutcome {
    var evaluation = LuaEvaluation(diagnostics: diagnostics, modules: modules, start: start)
    for chunk in request.chunks { _ = evaluation.locations.add(chunk.fragment) }
    do throws(LuaProcess.Failure) {
      let process = try LuaProcess(program)
      try process.send(LuaProgram.prelude)
      try process.send(request.frame)
      while try evaluation.receive(process.receive(), process) {}
    } catch {
      evaluation.valueError(start, "the Lua could not be evaluated: \(error.text)")
    }
    return evaluation.outcome
  }

  private init(diagnostics: Diagnostics, modules: LuaModules, start: SourceLocation) {
    self.diagnostics = diagnostics
    self.modules = modules
    self.start = start
  }

  private mutating func valueError(_ location: SourceLocation, _ what: String) {
    outcome.faults.append(Problem(location, what, remedy: "correct it"))
  }

  /// False: that was the last.
  private mutating func receive(
    _ frame: ArraySlice<UInt8>, _ process: LuaProcess
  ) throws(LuaProcess.Failure) -> Bool {
    let record: LuaRecord
    do { record = try LuaRecord(frame) } catch { throw .garbage }
    switch record {
    case .call(let spot, let refusal, let options): call(spot, refusal, options)
    case .valueError(let spot, let text):
      valueError(locations.location(spot) ?? start, "the Lua fails: \(Quoting.short(text, most: 300))")
    case .module(let name, let path, let spot): try answer(name, path, spot, process)
    case .unknownModule(let name, let spot):
      diagnostics.notice(
        locations.location(spot) ?? start,
        "the Lua module \"\(Quoting.short(name))\" is not found; what it does is not known here")
    case .delayed(let spot): outcome.delayed = outcome.delayed ?? locations.location(spot) ?? start
    case .limit(let limit, let spot):
      valueError(locations.location(spot) ?? start, "the Lua was stopped here: \(limit.text)")
      return false
    case .broken(let text):
      valueError(start, "the Lua could not be evaluated: \(Quoting.short(text, most: 300))")
      return false
    case .end: return false
    }
    return true
  }

  private mutating func answer(
    _ name: String, _ path: String, _ spot: LuaSpot, _ process: LuaProcess
  ) throws(LuaProcess.Failure) {
    var frame = LuaFrame()
    files += 1
    if files <= Limits.files, let file = modules.file(name, path: path),
      let source = diagnostics.value(
        locations.location(spot) ?? start, { () throws(ValueError) in try FileReader.read(file) })
    {
      diagnostics.source(file)
      let fragment = Fragment(source, LuaFiles.start(source.bytes)..<source.bytes.count)
      frame.tag("F")
      frame.field(locations.add(fragment))
      frame.field(LuaPlaces.text(fragment))
    } else {
      frame.tag("N")
    }
    try process.send(frame.bytes)
  }

  private mutating func call(
    _ spot: LuaSpot, _ refusal: LuaRefusal?, _ options: [(name: String, value: LuaRecord.Value)]
  ) {
    let (location, written) = locations.call(spot) ?? (start, [:])
    var call = CheckerCall(location: location, refusal: refusal, entries: [], unknown: [])
    for (name, value) in options {
      let at = written[name] ?? location
      var why: String?
      let content = Self.value(value, name, at, &why)
      if let why { call.unknown.append((name, at, why)) }
      let isKnown = why == nil
      call.entries.append(
        Entry(key: name, location: at, value: isKnown ? content : Value(content: .unreadable, location: at)))
    }
    outcome.calls.append(call)
  }

  /// - Parameter why: set where the value, or a part of it, is not known.
  private static func value(
    _ value: LuaRecord.Value, _ name: String, _ location: SourceLocation, _ why: inout String?
  ) -> Value {
    switch value {
    case .text(let bytes):
      // A request on one line was most likely written where escapes are not read.
      let isLiteral = !bytes.contains(UInt8(ascii: "\n"))
      return Value(content: .scalar(Scalar(bytes: bytes, isLiteral: isLiteral)), location: location)
    case .truth(let truth):
      // Where lua-resty asks whether an option is there, false is the same as nil.
      if !truth, name != OptionName.verify.rawValue { return Value(content: .none, location: location) }
      return Value(
        content: .scalar(Scalar(bytes: Array("\(truth)".utf8), isLiteral: false)), location: location)
    case .list(let values):
      var list: [Value] = []
      for value in values { list.append(self.value(value, name, location, &why)) }
      return Value(content: .list(list), location: location)
    case .other("mapping"): return Value(content: .map([]), location: location)
    case .other(let kind): why = "it is a \(Quoting.short(kind))"
    case .unknown(let name): why = "it comes from \(Quoting.short(name)), which is not known here"
    }
    return Value(content: .unreadable, location: location)
  }
}

extension LuaRecord.Limit {
  var text: String {
    switch self {
    case .instructions: "it takes more than \(LuaLimits.instructions) instructions"
    case .memory: "it takes more than \(LuaLimits.bytes >> 20) MiB of memory"
    case .time: "it takes more than \(LuaLimits.milliseconds) ms of processor time"
    case .crash: "LuaJIT crashed, most likely of calls that are too deep inside each other"
    }
  }
}
