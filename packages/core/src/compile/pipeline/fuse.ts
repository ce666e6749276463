import type { Limits } from '../../kernels/limits'
import { sameShape, sizeOf } from '../../values/shape'
import type { Ir, ValueId } from './ir'
import type { Legal } from './legalize'
import { canLoop, type LoopSpace } from './loopable'

/** Values in a row that may wait for a user. */
const longestWait = 32

/** Values that are computed together, in one pass over one space, or alone by a kernel of their own. */
export interface Group {
  /** In order of computation. */
  readonly members: ValueId[]
  /** What a loop runs over, and which axes its reductions combine; null for a kernel that is no loop. */
  space: LoopSpace | null
  /** One more than the largest level of a group that this one needs. */
  level: number
  /** Instructions of the members' programs. */
  length: number
  /** Of a contraction: the loop that takes up its product, block by block. */
  epilogue: Group | null
}

/** What `fuse` decided. */
export interface Fused extends Legal {
  /** In an order in which they can run. */
  readonly groups: readonly Group[]
}

const isReduction = ({ reduced: [from, to] }: LoopSpace) => from < to

/**
 * Puts values into groups, each of which becomes one kernel. A map joins the loop that computes one of its operands, if it
 * reads it element by element and no other operand waits for that loop; a reduction joins the loop that computes what it
 * reduces. Levels tell who waits for whom without a search: a group with a smaller level never waits for one with a larger.
 */
export function fuse(legal: Legal, limits: Limits): Fused {
  const { ir, readings } = legal
  const fusion = new Fusion(legal, limits)
  ir.values.forEach(({ definition, shape }, id) => {
    const { kind } = definition
    if (kind !== 'input' && kind !== 'constant' && readings.isComputed(id) && sizeOf(shape) > 0) fusion.place(id)
  })
  fusion.finish()
  fusion.attachEpilogues()
  return { ...legal, groups: fusion.inOrder() }
}

class Fusion {
  #groups: Group[] = []
  readonly #groupOf = new Map<ValueId, Group>()
  /** Values that are not in a group yet, with the length of the chain of such values that they end. */
  readonly #waiting = new Map<ValueId, number>()

  constructor(
    private readonly legal: Legal,
    private readonly limits: Limits,
  ) {}

  /**
   * Puts a value into a group. One that is computed from inputs and constants alone waits for a user of it, whose loop can
   * then compute it along the way.
   */
  place(id: ValueId): void {
    const before = this.legal.sources[id].map(({ reading }) => this.#waiting.get(reading.base) ?? 0)
    const chain = 1 + Math.max(0, ...before)
    if (this.#isSource(id) && chain <= longestWait) this.#waiting.set(id, chain)
    else this.#settle(id, null)
  }

  /** Puts values that still wait into groups, users before what they use. */
  finish(): void {
    for (const id of [...this.#waiting.keys()].reverse()) if (this.#waiting.has(id)) this.#settle(id, null)
  }

  #isSource(id: ValueId): boolean {
    const { spaces, sources } = this.legal
    return spaces[id] !== null && sources[id].every(({ reading }) => !this.#groupOf.has(reading.base))
  }

  /** Puts a value, and before it those that wait for it, into `wanted` if it fits there, or else where it does. */
  #settle(id: ValueId, wanted: Group | null): void {
    const { ir, spaces, sources } = this.legal
    this.#waiting.delete(id)
    const space = spaces[id]
    const find = () =>
      space && [...this.#neededBy(id)].sort((a, b) => b.level - a.level).find((each) => this.#fits(id, space, each))
    let group = wanted ?? find() ?? this.#newGroup(space)
    // A new group waits for what this value needs, before any that waits for this value is put into it.
    if (group.members.length === 0) this.#raise(group, id)
    for (const { reading } of sources[id]) if (this.#waiting.has(reading.base)) this.#settle(reading.base, group)
    if (space !== null && !this.#fits(id, space, group)) group = find() ?? this.#newGroup(space)
    if (group.members.length === 0) this.#groups.push(group)
    if (space !== null && isReduction(space)) group.space = space
    group.members.push(id)
    group.length += lengthOf(ir, id)
    this.#raise(group, id)
    this.#groupOf.set(id, group)
  }

  #raise(group: Group, id: ValueId): void {
    for (const other of this.#neededBy(id)) if (other !== group) group.level = Math.max(group.level, other.level + 1)
  }

  #newGroup(space: LoopSpace | null): Group {
    return { members: [], space, level: 0, length: 0, epilogue: null }
  }

  /**
   * Lets contractions with a large product run the loop that takes it up, while a block of it is still near. The loop may read
   * nothing else that is computed, so that nothing has to wait for anything new.
   */
  attachEpilogues(): void {
    const attached = new Set<Group>()
    for (const loop of this.#groups) {
      const contraction = this.#contractionFor(loop)
      if (contraction === null) continue
      contraction.epilogue = loop
      attached.add(loop)
      for (const member of loop.members) this.#groupOf.set(member, contraction)
    }
    this.#groups = this.#groups.filter((group) => !attached.has(group))
  }

  #contractionFor(loop: Group): Group | null {
    const { ir, sources } = this.legal
    if (loop.space?.shape.length !== 2 || isReduction(loop.space)) return null
    const needed = new Set(loop.members.flatMap((member) => [...this.#neededBy(member)]))
    needed.delete(loop)
    const [contraction] = needed
    if (needed.size !== 1 || contraction.epilogue !== null) return null
    const [product] = contraction.members
    const { definition, shape } = ir.values[product]
    const isWorthIt = this.limits.hasEpilogue(shape[0], shape[1])
    if (definition.kind !== 'contract' || shape.length !== 2 || !isWorthIt) return null
    const read = loop.members.flatMap((member) => sources[member])
    const isInPlace = read.every((source) => source.isInPlace || source.reading.base !== product)
    return isInPlace && read.length + loop.members.length <= this.limits.mostEpilogueBuffers ? contraction : null
  }

  /** Groups that compute what a value is computed from. */
  #neededBy(id: ValueId): Set<Group> {
    const groups = new Set<Group>()
    for (const { reading } of this.legal.sources[id]) {
      const group = this.#groupOf.get(reading.base)
      if (group !== undefined) groups.add(group)
    }
    return groups
  }

  #fits(id: ValueId, space: LoopSpace, group: Group): boolean {
    const { ir, sources } = this.legal
    if (group.space === null || !sameShape(group.space.shape, space.shape)) return false
    if (group.length + lengthOf(ir, id) > this.limits.longestProgram) return false
    const reducesElse = isReduction(group.space) && !sameShape(group.space.reduced, space.reduced)
    if (isReduction(space) && reducesElse) return false
    const waits = sources[id].some(({ reading, isInPlace }) => {
      const other = this.#groupOf.get(reading.base)
      if (other === group) return !isInPlace
      return other !== undefined && group.members.length > 0 && other.level >= group.level
    })
    if (waits) return false
    const joint = isReduction(space) ? space : group.space
    return !isReduction(joint) || canLoop(sources, [...group.members, id], joint)
  }

  /** Groups after those that they need, and otherwise by their first member, so that values live shortly. */
  inOrder(): Group[] {
    const ordered: Group[] = []
    const entered = new Set<Group>()
    for (const root of this.#groups) {
      const pending: { group: Group; leaving: boolean }[] = [{ group: root, leaving: false }]
      for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
        if (next.leaving) ordered.push(next.group)
        else if (!entered.has(next.group)) {
          entered.add(next.group)
          pending.push({ group: next.group, leaving: true })
          for (const member of membersOf(next.group))
            for (const other of this.#neededBy(member))
              if (!entered.has(other)) pending.push({ group: other, leaving: false })
        }
      }
    }
    return ordered
  }
}

/** All values that a group computes. */
export function membersOf({ members, epilogue }: Group): readonly ValueId[] {
  return epilogue === null ? members : [...members, ...epilogue.members]
}

/** What a value adds to the program of its group. */
function lengthOf({ values }: Ir, id: ValueId): number {
  const { definition } = values[id]
  return definition.kind === 'map' ? definition.program.instructions.length : 1
}
