import Glibc
import Health
import Matching

extension EngineLoop {
  func apply(_ order: ProbeAction) {
    switch order {
    case .openGroup(let number, let checker, let upstream): open(Int(number), checker, upstream)
    case .closeGroup(let number): close(Int(number))
    case .watch(let target): watch(target, once: false)
    case .once(let target): watch(target, once: true)
    case .pace(let id, let everyMs): pace(id, everyMs)
    case .unwatch(let id): unwatch(id)
    }
  }

  private func open(_ number: Int, _ checker: Checker, _ upstream: UpstreamName?) {
    while groups.count <= number { groups.append(GroupSlot()) }
    groups[number].count(for: upstream, checker)
    groups[number].isOpen = true
    groups[number].isHttp = checker.isHTTP
    groups[number].closesInOrder = (checker.isHTTP || !checker.steps.isEmpty) && checker.close == .fin
    groups[number].request = checker.request
    expect(number, checker)
    secure(number, checker.tls)
    groups[number].valid = StatusSet(checker.validStatuses)
    groups[number].intervalMs = Int64(max(checker.intervalMs, 1))
    groups[number].timeoutMs = Int64(max(checker.timeoutMs, 1))
    groups[number].port = checker.port
    groups[number].most = checker.concurrency.map { max($0, 1) } ?? Int.max
  }

  private func close(_ number: Int) {
    guard number < groups.count else { return }
    groups[number].isOpen = false
    groups[number].request = []
    groups[number].statistics = nil
    groups[number].tls = nil
    expect(number, nil)
  }

  /// Makes ready what the answers of a group are held against.
  private func expect(_ number: Int, _ checker: Checker?) {
    groups[number].parts = checker?.parts
    groups[number].shapes = []
    groups[number].shapeNumbers = [:]
    groups[number].expected = nil
    groups[number].dialog = nil
    groups[number].stream = nil
    groups[number].fault = nil
    guard let checker else { return }
    do throws(PatternFault) {
      if checker.isHTTP, let expectations = checker.expectations, !expectations.isEmpty {
        groups[number].expected = try ExpectedAnswer(expectations, request: checker.request)
      }
      groups[number].stream = StreamPlan(checker, expected: groups[number].expected)
      if checker.kind == .tcp, !checker.steps.isEmpty {
        groups[number].dialog = try ExpectedDialog(checker.steps)
      }
    } catch {
      // Settings refuse it. It may come from a node with another PCRE2: that says nothing of the peers.
      groups[number].fault = "what is expected cannot be compared here: \(error.what)"
    }
  }

  private func watch(_ target: ProbeTarget, once: Bool) {
    let slot = Int32(bitPattern: target.id.index)
    guard slot >= 0, Int(target.group) < groups.count, groups[Int(target.group)].isOpen else { return }
    slots.grow(to: Int(slot) + 1)
    guard slots[slot].stage == .vacant else { return }
    guard
      let address = SocketAddress(target.peer, port: target.overrides?.port ?? groups[Int(target.group)].port)
    else {
      // Names are looked up and checked before they come here; should one slip through, it is said, not dropped.
      let outcome = Outcome(.local(.other), detail: "\"\(target.peer)\" is not an address")
      results.add(ProbeResult(id: target.id, outcome: outcome, endedMs: nowMs), nowNs: nowNs)
      return
    }
    slots[slot] = ProbeSlot()
    slots[slot].incarnation = target.id.incarnation
    slots[slot].group = Int32(target.group)
    slots[slot].phaseMs = UInt32(clamping: target.phaseMs)
    slots[slot].assign(address)
    slots[slot].shape = groups[Int(target.group)].shape(of: target.overrides)
    counters.watched += 1
    slots[slot].isOnce = once
    let now = SteadyClock.nowMs
    slots[slot].dueMs = once ? now : nextOnGrid(slot, after: now)
    wait(slot)
  }

  private func pace(_ id: ProbeID, _ everyMs: Int?) {
    guard let slot = slots.find(id) else { return }
    slots[slot].paceMs = UInt32(clamping: everyMs ?? 0)
    guard slots[slot].stage == .waiting else { return }
    wheel.remove(slot, in: slots.base)
    scheduleNext(slot)
  }

  private func unwatch(_ id: ProbeID) {
    guard let slot = slots.find(id) else { return }
    switch slots[slot].stage {
    case .vacant: return
    case .waiting: break
    case .queued: if !leaveQueue(slot) { leaveGroup(slot) }
    case .connecting, .handshaking, .sending, .receiving:
      abandon(slot)
      leaveGroup(slot)
    }
    wheel.remove(slot, in: slots.base)
    vacate(slot)
  }

  func vacate(_ slot: Int32) {
    slots[slot].releasePartial()
    slots[slot].releaseAddress()
    slots[slot].stage = .vacant
    counters.watched -= 1
  }

  // MARK: The line of those that wait for a place

  func enqueue(_ slot: Int32, in group: Int) {
    slots[slot].timer.next = -1
    slots[slot].timer.previous = groups[group].lastQueued
    if groups[group].lastQueued >= 0 {
      slots[groups[group].lastQueued].timer.next = slot
    } else {
      groups[group].firstQueued = slot
    }
    groups[group].lastQueued = slot
  }

  /// False: it stood at no place of the line, having been let in already.
  private func leaveQueue(_ slot: Int32) -> Bool {
    let group = Int(slots[slot].group)
    let link = slots[slot].timer
    guard groups[group].firstQueued == slot || link.previous >= 0 else {
      admitted.removeAll { $0 == slot }
      return false
    }
    if link.previous >= 0 {
      slots[link.previous].timer.next = link.next
    } else {
      groups[group].firstQueued = link.next
    }
    if link.next >= 0 {
      slots[link.next].timer.previous = link.previous
    } else {
      groups[group].lastQueued = link.previous
    }
    return true
  }

  /// Gives the place of an ended probe to the first in line.
  func leaveGroup(_ slot: Int32) {
    let group = Int(slots[slot].group)
    let next = groups[group].firstQueued
    guard next >= 0 else {
      groups[group].inFlight -= 1
      return
    }
    let second = slots[next].timer.next
    groups[group].firstQueued = second
    if second >= 0 {
      slots[second].timer.previous = -1
    } else {
      groups[group].lastQueued = -1
    }
    slots[next].timer.next = -1
    slots[next].timer.previous = -1
    admitted.append(next)
  }

  // MARK: When the next probe is due

  /// Sets the timer of the next start: on the group's grid, or the pace's milliseconds after the last start.
  ///
  /// Both count from the last start, not from the moment that is due next: the order to pace comes while that is set.
  func scheduleNext(_ slot: Int32) {
    let started = Int64(slots[slot].startedNs / 1_000_000)
    let pace = Int64(slots[slot].paceMs)
    if pace > 0 {
      // A pace that could not be kept goes on from now: there is nothing to catch up with.
      slots[slot].dueMs = max(started + pace, nowMs)
    } else {
      slots[slot].dueMs = nextOnGrid(slot, after: max(started, nowMs - 1))
    }
    wait(slot)
  }

  private func wait(_ slot: Int32) {
    slots[slot].stage = .waiting
    slots[slot].timer.tick = slots[slot].dueMs
    wheel.insert(slot, in: slots.base)
  }

  /// The first moment after `afterMs` that is the slot's phase plus whole intervals.
  private func nextOnGrid(_ slot: Int32, after afterMs: Int64) -> Int64 {
    let interval = groups[Int(slots[slot].group)].intervalMs
    let phase = Int64(slots[slot].phaseMs) % interval
    return afterMs + 1 + ((phase - afterMs - 1) % interval + interval) % interval
  }
}
