package import Health

extension Report: Codable {
  private enum CodingKeys: String, CodingKey {
    case state, ok, nok, code, detail, ms, late
    case atMs = "at_ms"
    case certificateEndsS = "cert_ends"
  }

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    let ms = try values.decode(Double.self, forKey: .ms)
    guard let micros = UInt32(exactly: (ms * 1000).rounded()) else {
      throw DecodingError.dataCorruptedError(forKey: .ms, in: values, debugDescription: "not a duration")
    }
    self.init(
      state: try values.decode(PeerState.self, forKey: .state),
      ok: try values.decode(UInt32.self, forKey: .ok),
      nok: try values.decode(UInt32.self, forKey: .nok),
      code: try values.decode(String.self, forKey: .code),
      detail: try values.decode(String.self, forKey: .detail),
      micros: micros,
      atMs: try values.decode(Int64.self, forKey: .atMs),
      late: try values.decode(Bool.self, forKey: .late))
    certificateEndsS = try values.decodeIfPresent(Int64.self, forKey: .certificateEndsS) ?? 0
  }

  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(state, forKey: .state)
    try values.encode(ok, forKey: .ok)
    try values.encode(nok, forKey: .nok)
    try values.encode(code, forKey: .code)
    try values.encode(detail, forKey: .detail)
    try values.encode(Double(micros) / 1000, forKey: .ms)
    try values.encode(atMs, forKey: .atMs)
    try values.encode(late, forKey: .late)
    if certificateEndsS > 0 { try values.encode(certificateEndsS, forKey: .certificateEndsS) }
  }
}
