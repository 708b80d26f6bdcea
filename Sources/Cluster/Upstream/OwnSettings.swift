import Health
import Ledger

/// What this node's settings say of an upstream.
struct OwnSettings: Sendable {
  /// Nil: they do not have it, and the node only shows it.
  private(set) var definition: UpstreamDefinition?
  /// Empty: there is no definition to be agreed on.
  private(set) var digest = ""
  /// They have it, with a checker.
  private(set) var isChecked = false
  /// They have it without one: it has nothing to do with the ledger, and its peers are only shown.
  private(set) var isPlain = false
  /// They do not have it.
  private(set) var isAbsent = true

  mutating func set(_ new: UpstreamDefinition?) {
    definition = new
    isAbsent = new == nil
    isChecked = new?.checker != nil
    isPlain = new != nil && !isChecked
    digest = isChecked ? new?.digest ?? "" : ""
  }
}

/// The definition that all nodes probe and vote by.
struct DefinitionInForce: Sendable {
  /// Nil: none is known.
  private(set) var definition: UpstreamDefinition?
  /// Since when it is known here: steady ms.
  private(set) var sinceMs: Int64?

  var checker: Checker? { definition?.checker }

  mutating func bring(_ new: UpstreamDefinition, at nowMs: Int64) {
    definition = new
    sinceMs = nowMs
  }

  /// It is what this node's settings say, and nobody has to agree.
  mutating func isOwn(_ own: UpstreamDefinition?) { definition = own }
}
