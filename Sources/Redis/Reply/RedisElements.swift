/// The elements of an array reply.
package struct RedisElements: RandomAccessCollection, Sendable {
  private let arena: ReplyArena
  private let nodes: Range<Int>

  init(_ arena: ReplyArena, _ nodes: Range<Int>) {
    self.arena = arena
    self.nodes = nodes
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { nodes.count }

  package subscript(position: Int) -> RedisReply {
    precondition(position >= 0 && position < nodes.count)
    return RedisReply(arena, node: nodes.lowerBound + position)
  }
}

/// The elements of an array reply, two by two: name, value.
package struct RedisPairs: RandomAccessCollection, Sendable {
  let elements: RedisElements

  package var startIndex: Int { 0 }
  package var endIndex: Int { elements.count / 2 }

  package subscript(position: Int) -> (name: RedisReply, value: RedisReply) {
    (elements[2 * position], elements[2 * position + 1])
  }
}
