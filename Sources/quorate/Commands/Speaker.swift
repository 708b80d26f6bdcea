import ArgumentParser
import FoundationEssentials
import Glibc
import Reading

/// Who gives a word, where nobody says so.
struct Speaker {
  let name: String
  /// Where the name is from, for messages.
  let origin: String

  /// The user behind sudo, the user, the system's name for it, or its number: cron and containers set no variable.
  static func found(_ given: String?) -> Speaker {
    if let given { return Speaker(name: given, origin: "--by") }
    for variable in ["SUDO_USER", "USER"] {
      let value = ProcessInfo.processInfo.environment[variable] ?? ""
      if !value.isEmpty { return Speaker(name: value, origin: "$\(variable)") }
    }
    return Speaker(name: systemName ?? "uid \(geteuid())", origin: "the user's name")
  }

  private static var systemName: String? {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    // More than any line of /etc/passwd; a directory service with more than that gives no name.
    var texts = [CChar](repeating: 0, count: 64 << 10)
    guard getpwuid_r(geteuid(), &entry, &texts, texts.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return nil }
    let text = String(cString: name)
    return text.isEmpty ? nil : text
  }
}

/// What a flag says goes into events and onto pages: one line, and nothing in it that could pretend to be another.
enum OneLine {
  static func check(_ origin: String, _ text: String, most: Int) throws(ValidationError) {
    for (index, scalar) in text.unicodeScalars.enumerated() where Plain.isControl(scalar) {
      throw ValidationError("\(origin) has \(name(scalar)) as character \(index + 1); leave it out")
    }
    guard text.count <= most else {
      throw ValidationError("\(origin) has \(text.count) characters; at most \(most) are kept")
    }
  }

  /// `U+202E (right-to-left override)`.
  private static func name(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let code = "U+" + String(repeating: "0", count: max(4 - digits.count, 0)) + digits
    let known = ["\n": "line feed", "\r": "carriage return", "\t": "tab", "\u{1B}": "escape"][
      Character(scalar)]
    let name = known ?? scalar.properties.name?.lowercased() ?? "control character"
    return "\(code) (\(name))"
  }
}
