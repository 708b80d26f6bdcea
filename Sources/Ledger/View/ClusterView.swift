/// All nodes as one node knows them.
package struct ClusterView: Hashable, Sendable {
  /// What this node has to do with the others.
  package enum Contact: String, Hashable, Sendable {
    /// The ledger is in this process: there are no others.
    case alone
    /// The ledger cannot be reached, or has not been yet.
    case lost
    /// It is reached again; for a while no member is dropped and no transition decided.
    case settling
    case steady
  }

  package var contact: Contact
  /// The members, by name; the node itself among them once the ledger has heard it.
  package var nodes: [NodeView]

  package init(contact: Contact, nodes: [NodeView]) {
    self.contact = contact
    self.nodes = nodes
  }
}

/// One member as a node knows it.
package struct NodeView: Hashable, Sendable {
  package var member: Member
  /// It counts: its heartbeats go on, and it is not leaving.
  package var isLive: Bool
  /// What it is; nil: not read yet.
  package var card: NodeCard?

  package init(member: Member, isLive: Bool, card: NodeCard?) {
    self.member = member
    self.isLive = isLive
    self.card = card
  }
}
