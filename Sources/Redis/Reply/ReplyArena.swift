import CHiredis
import Glibc
import Synchronization

/// One value of a reply: 16 bytes.
struct ReplyNode {
  var kind: RedisReply.Kind
  /// Bytes of a text, or elements of an array.
  var length: UInt32
  /// The integer itself; where a text starts in the arena's bytes; the node of an array's first element.
  var value: Int
}

/// The values of one reply, or of all replies to a pipeline, in two flat buffers.
///
/// An array's elements lie side by side, so that any of them is found without walking; they are reserved when the
/// array begins, and filled as they come.
///
/// `@unchecked Sendable`: while it is filled it is touched by one event loop only; from the moment a `RedisReply`
/// of it is handed out it does not change any more.
final class ReplyArena: @unchecked Sendable {
  private(set) var nodeCount = 0
  /// The root of the reply that is being filled.
  private var root = 0
  private var nodeRoom = 0
  private var nodes: UnsafeMutablePointer<ReplyNode>?
  private(set) var byteCount = 0
  private var byteRoom = 0
  private var bytes: UnsafeMutableRawPointer?
  /// Why hiredis was stopped, when it was stopped by this side.
  private(set) var fault: RedisError?
  private let limits: ReplyLimits
  /// Where the reply that is being filled begins: what is too large is taken back to here.
  private var begin = (nodes: 0, bytes: 0)
  /// The reply that is being filled is too large: nothing of it is kept any more.
  private(set) var isSkipping = false
  private let isSealed = Atomic(false)

  init(limits: ReplyLimits) {
    self.limits = limits
  }

  deinit {
    free(nodes)
    free(bytes)
  }

  /// Nothing is put into it any more: other threads may read it.
  func seal() {
    isSealed.store(true, ordering: .releasing)
  }

  /// Called by who got the arena from another thread, before it is read. A continuation orders the two by itself, but
  /// on its short way (resumed before it is awaited) not visibly to the thread sanitizer.
  func checkSealed() {
    precondition(isSealed.load(ordering: .acquiring))
  }

  subscript(node: Int) -> ReplyNode {
    precondition(node >= 0 && node < nodeCount)
    // `nodeCount` above zero means there is a buffer.
    return nodes.unsafelyUnwrapped[node]
  }

  func text(_ node: ReplyNode) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: bytes.map { $0 + node.value }, count: Int(node.length))
  }

  /// What is there now, for a reader, while this arena goes on being filled.
  func copy() -> ReplyArena {
    let copy = ReplyArena(limits: limits)
    if nodeCount > 0, copy.reserveNodes(nodeCount), let nodes {
      copy.nodes?.update(from: nodes, count: nodeCount)
    }
    if byteCount > 0, copy.reserveBytes(byteCount), let bytes {
      copy.bytes?.copyMemory(from: bytes, byteCount: byteCount)
    }
    copy.nodeCount = copy.nodes == nil ? 0 : nodeCount
    copy.byteCount = copy.bytes == nil ? 0 : byteCount
    return copy
  }
}

// A reply that is too large costs its own request, and not those behind it on the connection.
extension ReplyArena {
  /// Gives back what is there of the reply, and keeps nothing more of it.
  func skip() {
    guard !isSkipping else { return }
    isSkipping = true
    (nodeCount, byteCount) = begin
  }

  /// The reply is whole. Returns the node that stands for it if it was skipped; nil: it is there itself.
  func end() -> Int? {
    var index: Int?
    if isSkipping {
      isSkipping = false
      if reserveNodes(1) {
        nodes.unsafelyUnwrapped[nodeCount] = .tooLarge(limits.bytes)
        index = nodeCount
        nodeCount += 1
      }
    }
    begin = (nodeCount, byteCount)
    return index
  }
}

extension ReplyNode {
  /// Stands for a reply of more than so many bytes. No error of a server is that long.
  static func tooLarge(_ bytes: Int) -> ReplyNode { ReplyNode(kind: .error, length: .max, value: bytes) }

  /// The limit that was passed; nil: it was not.
  var passedLimit: Int? { kind == .error && length == .max ? value : nil }
}

// What hiredis calls, value by value. Each answers with the node's number + 1 as a pointer: null means failure.
extension ReplyArena {
  typealias Task = UnsafePointer<redisReadTask>

  func putText(_ task: Task, _ kind: RedisReply.Kind, _ start: UnsafeRawPointer, _ count: Int)
    -> UnsafeMutableRawPointer?
  {
    if isSkipping { return Self.skipped }
    if count > 0 {
      guard reserveBytes(count), let bytes else { return nil }
      (bytes + byteCount).copyMemory(from: start, byteCount: count)
    }
    defer { byteCount += count }
    return put(task, ReplyNode(kind: kind, length: UInt32(truncatingIfNeeded: count), value: byteCount))
  }

  func putInteger(_ task: Task, _ integer: Int64) -> UnsafeMutableRawPointer? {
    put(task, ReplyNode(kind: .integer, length: 0, value: Int(integer)))
  }

  func putNull(_ task: Task) -> UnsafeMutableRawPointer? {
    put(task, ReplyNode(kind: .null, length: 0, value: 0))
  }

  func putArray(_ task: Task, _ count: Int) -> UnsafeMutableRawPointer? {
    guard Self.depth(task) <= limits.depth else {
      return stop(.replyTooLarge("arrays are nested deeper than \(limits.depth)"))
    }
    if isSkipping { return Self.skipped }
    // Checked before the elements are there: the header of an array is a few bytes, whatever it promises.
    guard count <= limits.elements, nodeCount - root + count <= limits.elements else {
      return stop(.replyTooLarge("it has more than \(limits.elements) elements"))
    }
    guard let own = put(task, ReplyNode(kind: .array, length: UInt32(count), value: 0)) else { return nil }
    guard reserveNodes(count) else { return nil }
    nodes.unsafelyUnwrapped[Int(bitPattern: own) - 1].value = nodeCount
    nodeCount += count
    return own
  }

  /// Ends the reply: hiredis takes a null for a failure.
  func stop(_ fault: RedisError) -> UnsafeMutableRawPointer? {
    self.fault = fault
    return nil
  }

  private func put(_ task: Task, _ node: ReplyNode) -> UnsafeMutableRawPointer? {
    if isSkipping { return Self.skipped }
    let index: Int
    if let parent = task.pointee.parent {
      let array = Int(bitPattern: parent.pointee.obj) - 1
      index = nodes.unsafelyUnwrapped[array].value + Int(task.pointee.idx)
    } else {
      guard reserveNodes(1) else { return nil }
      index = nodeCount
      root = index
      nodeCount += 1
    }
    nodes.unsafelyUnwrapped[index] = node
    return UnsafeMutableRawPointer(bitPattern: index + 1)
  }

  /// Any value that is not null: nobody looks at it.
  private static var skipped: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 1) }

  private static func depth(_ task: Task) -> Int {
    var depth = 1
    var parent = task.pointee.parent
    while let above = parent {
      depth += 1
      parent = above.pointee.parent
    }
    return depth
  }

  private func reserveNodes(_ count: Int) -> Bool {
    let wanted = nodeCount + count
    if wanted <= nodeRoom { return true }
    let room = max(wanted, 2 * nodeRoom, 4)
    guard let grown = realloc(nodes, room * MemoryLayout<ReplyNode>.stride) else { return false }
    nodes = grown.assumingMemoryBound(to: ReplyNode.self)
    nodeRoom = room
    return true
  }

  private func reserveBytes(_ count: Int) -> Bool {
    let wanted = byteCount + count
    if wanted <= byteRoom { return true }
    let room = max(wanted, 2 * byteRoom, 64)
    guard let grown = realloc(bytes, room) else { return false }
    bytes = grown
    byteRoom = room
    return true
  }
}
