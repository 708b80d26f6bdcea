import Health
import Matching

/// Tries what has a language of its own, so that nothing is found wrong later.
enum PatternCheck {
  static func pattern(
    _ text: String, _ name: String, over subject: Pattern.Subject
  ) throws(ValueError) -> String {
    do throws(PatternFault) {
      _ = try Pattern(text, over: subject)
      return text
    } catch {
      throw ValueError(
        what: "\(name) \"\(Quoting.short(text))\" is not a regular expression: \(error.what)\(place(error))",
        remedy: "correct it there; the language is PCRE2's, best in single quotes")
    }
  }

  static func path(_ text: String) throws(ValueError) -> String {
    do throws(PatternFault) {
      _ = try JsonPath(text)
      return text
    } catch {
      throw ValueError(
        what: "\"\(Quoting.short(text))\" is not a place in JSON: \(error.what)\(place(error))",
        remedy: "write it like \"$.status\", \"$.checks[0].ok\" or '$[\"a b\"]'")
    }
  }

  private static func place(_ fault: PatternFault) -> String {
    fault.offset.map { " (at character \($0 + 1))" } ?? ""
  }
}
