import type { Limits } from '../../kernels/limits'
import { expanded } from '../../scalar/expand'
import { sameShape, sizeOf } from '../../values/shape'
import { type Group, membersOf } from './group'
import { type Ir, isControl, type ValueId } from './ir'
import type { Legal } from './legalize'
import { canLoop, isReduction, type LoopSpace } from './loopable'
import { mergeLoops } from './merge'

/** Longest chain of producers deferred until a consumer is seen. */
const longestDeferral = 32

/** The result of `fuse`. */
export interface Fused extends Legal {
  readonly bodies: ReadonlyMap<ValueId, readonly Fused[]>
  /** In execution order. */
  readonly groups: readonly Group[]
}

/**
 * Groups values; each group becomes one kernel. A map joins the loop that computes one of its operands if it reads
 * that operand pointwise and no other operand depends on the loop. A reduction joins the loop that computes its
 * operand. Topological levels answer dependency questions without a search: a group never depends on one of a higher
 * level. Then loops that read the same tensors are merged. Loops over bodies, and branches, are groups of their own.
 */
export function fuse(legal: Legal, limits: Limits): Fused {
  const { ir, views } = legal
  const fusion = new Fusion(legal, limits)
  ir.values.forEach(({ definition, shape }, id) => {
    const { kind } = definition
    if (kind === 'result') fusion.join(id, definition.inputs[0])
    else if (isControl(definition)) fusion.place(id)
    else if (kind !== 'input' && kind !== 'constant' && views.isComputed(id) && sizeOf(shape) > 0) fusion.place(id)
  })
  fusion.finish()
  fusion.merge()
  fusion.attachEpilogues()
  const bodies = new Map([...legal.bodies].map(([id, list]) => [id, list.map((body) => fuse(body, limits))]))
  return { ...legal, bodies, groups: fusion.inOrder() }
}

class Fusion {
  #groups: Group[] = []
  readonly #groupOf = new Map<ValueId, Group>()
  /** Deferred values: not yet in a group. The number is the length of the chain of deferred values that ends here. */
  readonly #deferred = new Map<ValueId, number>()

  constructor(
    private readonly legal: Legal,
    private readonly limits: Limits,
  ) {}

  /**
   * Assigns a value to a group. A value computed from inputs and constants alone is deferred: the loop of its consumer
   * can compute it on the way.
   */
  place(id: ValueId): void {
    const before = this.legal.accesses[id].map(({ view }) => this.#deferred.get(view.base) ?? 0)
    const chain = 1 + Math.max(0, ...before)
    if (this.#isSource(id) && chain <= longestDeferral) this.#deferred.set(id, chain)
    else this.#assign(id, null)
  }

  /** Assigns a result to the group of the loop or branch that has it. */
  join(id: ValueId, owner: ValueId): void {
    const group = this.#groupOf.get(owner)!
    group.members.push(id)
    this.#groupOf.set(id, group)
  }

  /** Assigns the values that are still deferred, consumers before producers. */
  finish(): void {
    for (const id of [...this.#deferred.keys()].reverse()) if (this.#deferred.has(id)) this.#assign(id, null)
  }

  /** Merges loops over the same elements, as far as no epilogue is lost. */
  merge(): void {
    const canMerge = (one: Group, other: Group, both: Group) =>
      (this.#contractionFor(one) === null && this.#contractionFor(other) === null) ||
      this.#contractionFor(both) !== null
    this.#groups = mergeLoops(this.#groups, this.legal, this.limits, canMerge)
    for (const group of this.#groups) for (const member of group.members) this.#groupOf.set(member, group)
  }

  #isSource(id: ValueId): boolean {
    const { spaces, accesses } = this.legal
    return spaces[id] !== null && accesses[id].every(({ view }) => !this.#groupOf.has(view.base))
  }

  /**
   * Assigns a value, after the deferred producers that it needs: to `wanted` if it fits, else to a group where it
   * fits.
   */
  #assign(id: ValueId, wanted: Group | null): void {
    const { ir, spaces, accesses } = this.legal
    this.#deferred.delete(id)
    const space = spaces[id]
    const find = () =>
      space && [...this.#neededBy(id)].sort((a, b) => b.level - a.level).find((each) => this.#fits(id, space, each))
    let group = wanted ?? find() ?? this.#newGroup(space)
    // The level of a new group must cover this value's dependencies before deferred producers join it.
    if (group.members.length === 0) this.#raiseLevel(group, id)
    for (const { view } of accesses[id]) if (this.#deferred.has(view.base)) this.#assign(view.base, group)
    if (space !== null && !this.#fits(id, space, group)) group = find() ?? this.#newGroup(space)
    if (group.members.length === 0) this.#groups.push(group)
    if (space !== null && isReduction(space)) group.space = space
    group.members.push(id)
    group.length += lengthOf(ir, id)
    this.#raiseLevel(group, id)
    this.#groupOf.set(id, group)
  }

  #raiseLevel(group: Group, id: ValueId): void {
    for (const other of this.#neededBy(id)) if (other !== group) group.level = Math.max(group.level, other.level + 1)
  }

  #newGroup(space: LoopSpace | null): Group {
    return { members: [], space, level: 0, length: 0, epilogue: null }
  }

  /**
   * Turns the loop that consumes a large product into an epilogue of the contraction, which runs it while a block of
   * the product is still in cache. The loop may depend on no other group, so that the contraction gains no dependency.
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
    const { ir, accesses } = this.legal
    if (loop.space?.shape.length !== 2 || isReduction(loop.space)) return null
    const read = loop.members
      .flatMap((member) => accesses[member])
      .filter(({ view }) => !loop.members.includes(view.base))
    const needed = new Set(read.flatMap(({ view }) => this.#groupOf.get(view.base) ?? []))
    const [contraction] = needed
    if (needed.size !== 1 || contraction.epilogue !== null) return null
    const [product] = contraction.members
    const { definition, shape } = ir.values[product]
    const isWorthIt = this.limits.hasEpilogue(shape[0], shape[1])
    if (definition.kind !== 'contract' || shape.length !== 2 || !isWorthIt) return null
    const isPointwise = read.every((access) => access.isPointwise || access.view.base !== product)
    return isPointwise && read.length + loop.members.length <= this.limits.mostEpilogueBuffers ? contraction : null
  }

  /** The groups that a value depends on. */
  #neededBy(id: ValueId): Set<Group> {
    const groups = new Set<Group>()
    for (const { view } of this.legal.accesses[id]) {
      const group = this.#groupOf.get(view.base)
      if (group !== undefined) groups.add(group)
    }
    return groups
  }

  #fits(id: ValueId, space: LoopSpace, group: Group): boolean {
    const { ir, accesses } = this.legal
    if (group.space === null || !sameShape(group.space.shape, space.shape)) return false
    if (group.length + lengthOf(ir, id) > this.limits.longestProgram) return false
    const reducesElse = isReduction(group.space) && !sameShape(group.space.reduced, space.reduced)
    if (isReduction(space) && reducesElse) return false
    const waits = accesses[id].some(({ view, isPointwise }) => {
      const other = this.#groupOf.get(view.base)
      if (other === group) return !isPointwise
      return other !== undefined && group.members.length > 0 && other.level >= group.level
    })
    if (waits) return false
    const joint = isReduction(space) ? space : group.space
    return !isReduction(joint) || canLoop(accesses, [...group.members, id], joint)
  }

  /** Topological order; ties by the first member, which keeps lifetimes short. */
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

/** The number of instructions that a value adds to the program of its group. */
function lengthOf({ values }: Ir, id: ValueId): number {
  const { definition } = values[id]
  return definition.kind === 'map' ? expanded(definition.program).instructions.length : 1
}
