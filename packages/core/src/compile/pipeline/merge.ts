import type { Limits } from '../../kernels/limits'
import { sameShape, sizeOf } from '../../values/shape'
import type { Group } from './group'
import type { ValueId } from './ir'
import type { Legal } from './legalize'
import { canLoop, isReduction } from './loopable'

/** How many readers of a tensor a loop is compared with: the last ones. It bounds the time if there are many. */
const mostReaders = 8

/** How many groups a search for a dependency visits. Longer searches count as a dependency. */
const longestSearch = 256

/** Decides whether two loops may become one, given both and the result. */
type MayMerge = (one: Group, other: Group, both: Group) => boolean

/**
 * Merges loops over the same elements: a loop with one whose results it reads pointwise, and loops that read the same
 * tensor pointwise. So the update of a parameter, which writes its moments too, is one pass. Bits do not change: each
 * element is computed by the same instructions, and the order of a reduction follows from its shape.
 */
export function mergeLoops(groups: readonly Group[], legal: Legal, limits: Limits, mayMerge: MayMerge): Group[] {
  const merging = new Merging(groups, legal, limits, mayMerge)
  for (const group of [...groups].sort((a, b) => a.level - b.level)) merging.place(group)
  return groups.filter((group) => merging.isAlive(group))
}

class Merging {
  readonly #groupOf = new Map<ValueId, Group>()
  readonly #needs = new Map<Group, Set<Group>>()
  readonly #neededBy = new Map<Group, Set<Group>>()
  /** For each tensor, the loops that read it pointwise. */
  readonly #readers = new Map<ValueId, Set<Group>>()

  constructor(
    groups: readonly Group[],
    private readonly legal: Legal,
    private readonly limits: Limits,
    private readonly mayMerge: MayMerge,
  ) {
    for (const group of groups) {
      this.#needs.set(group, new Set())
      this.#neededBy.set(group, new Set())
      for (const member of group.members) this.#groupOf.set(member, group)
    }
    for (const group of groups)
      for (const { view } of this.#accesses(group)) {
        const needed = this.#groupOf.get(view.base)
        if (needed !== undefined && needed !== group) this.#connect(group, needed)
      }
  }

  isAlive(group: Group): boolean {
    return this.#needs.has(group)
  }

  /** Merges a loop with those before it, or enters it as a reader. */
  place(group: Group): void {
    if (group.space === null) return
    let merged = group
    for (const other of this.#candidates(group)) merged = this.#merged(other, merged) ?? merged
    if (sizeOf(group.space.shape) === 1) return
    for (const { view, isPointwise } of this.#accesses(merged)) {
      if (!isPointwise) continue
      const readers = this.#readers.get(view.base) ?? new Set()
      this.#readers.set(view.base, readers.add(merged))
    }
  }

  /** The loops that compute what a loop reads pointwise, then those that read it too. */
  #candidates(group: Group): Set<Group> {
    const found = new Set<Group>()
    const read = this.#accesses(group).filter(({ isPointwise }) => isPointwise)
    for (const { view } of read) {
      const source = this.#groupOf.get(view.base)
      if (source !== undefined) found.add(source)
    }
    for (const { view } of read) {
      const readers = [...(this.#readers.get(view.base) ?? [])].filter((reader) => this.isAlive(reader))
      for (const reader of readers.slice(-mostReaders)) if (this.#isSibling(reader, group)) found.add(reader)
    }
    found.delete(group)
    return found
  }

  /**
   * Whether to merge two loops of which neither reads the other: if they reduce the same axes or none, and belong to
   * one region. What a checkpoint computes again must not move to where it was computed first.
   */
  #isSibling(one: Group, other: Group): boolean {
    const regions = new Set([...one.members, ...other.members].map((member) => this.legal.ir.values[member].region))
    return regions.size === 1 && sameShape(one.space!.reduced, other.space!.reduced)
  }

  /** The one loop for two, which takes the place of the first; null if there is none. */
  #merged(into: Group, group: Group): Group | null {
    if (!this.isAlive(into) || into === group || into.space === null) return null
    const space = isReduction(into.space) ? into.space : group.space!
    const members = [...into.members, ...group.members].sort((a, b) => a - b)
    const both: Group = { ...into, space, members, length: into.length + group.length }
    if (!this.#isLoop(into, group, both) || !this.mayMerge(into, group, both)) return null
    if (this.#dependsThroughOthers(into, group) || this.#dependsThroughOthers(group, into)) return null
    this.#absorb(into, group, both)
    return into
  }

  #isLoop(into: Group, group: Group, { members, space, length }: Group): boolean {
    const { accesses } = this.legal
    if (!sameShape(into.space!.shape, group.space!.shape) || length > this.limits.longestProgram) return false
    const reduces = [into, group].filter((each) => isReduction(each.space!))
    if (!reduces.every((each) => sameShape(each.space!.reduced, space!.reduced))) return false
    const inside = new Set(members)
    const isPointwise = members.every((member) =>
      accesses[member].every((access) => access.isPointwise || !inside.has(access.view.base)),
    )
    return isPointwise && (!isReduction(space!) || canLoop(accesses, members, space!))
  }

  /** Whether a group needs another by way of a third one: then the two cannot run as one. */
  #dependsThroughOthers(group: Group, wanted: Group): boolean {
    const pending = [...this.#needs.get(group)!].filter((each) => each !== wanted)
    const seen = new Set(pending)
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      // A group only needs groups of lower levels.
      if (next.level <= wanted.level) continue
      if (seen.size > longestSearch) return true
      for (const each of this.#needs.get(next)!) {
        if (each === wanted) return true
        if (seen.has(each)) continue
        seen.add(each)
        pending.push(each)
      }
    }
    return false
  }

  #absorb(into: Group, group: Group, { members, space, length }: Group): void {
    for (const member of group.members) this.#groupOf.set(member, into)
    Object.assign(into.members, members)
    into.space = space
    into.length = length
    for (const needed of this.#needs.get(group)!) {
      this.#neededBy.get(needed)!.delete(group)
      if (needed !== into) this.#connect(into, needed)
    }
    for (const needing of this.#neededBy.get(group)!) {
      this.#needs.get(needing)!.delete(group)
      if (needing !== into) this.#connect(needing, into)
    }
    this.#needs.delete(group)
    this.#neededBy.delete(group)
    this.#raise(into, group.level)
    // What needed the absorbed group now needs this one, whose level may be higher.
    for (const needing of this.#neededBy.get(into)!) this.#raise(needing, into.level + 1)
  }

  /** Raises the level of a group, and of those that need it. */
  #raise(group: Group, level: number): void {
    const pending = [{ group, level }]
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (next.group.level >= next.level) continue
      next.group.level = next.level
      for (const needing of this.#neededBy.get(next.group)!) pending.push({ group: needing, level: next.level + 1 })
    }
  }

  #connect(group: Group, needed: Group): void {
    this.#needs.get(group)!.add(needed)
    this.#neededBy.get(needed)!.add(group)
  }

  #accesses({ members }: Group) {
    return members.flatMap((member) => this.legal.accesses[member])
  }
}
