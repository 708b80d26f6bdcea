package struct RestartsAreNotRefused: Invariant {
  package static let promise = "A second node of one name is refused; a restart is not."

  package init() {}

  package mutating func see(_ sight: Sight, in world: World) {
    // In a simulation there never is a second one.
    guard case .refused(let node) = sight else { return }
    object("\(node.name) is refused, and nobody else has its name", in: world)
  }
}
