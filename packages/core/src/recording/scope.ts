/** What opened a scope: a transform that differentiates in one of the two modes, or a trace. */
export type ScopeKind = 'reverse' | 'forward' | 'trace'

let opened = 0

/** An application that a scope releases: its outputs are unlinked from it. */
interface Owned {
  readonly outputs: readonly { producer: unknown }[]
}

/**
 * The extent of one transform's call of the user's function. Scopes close in the reverse order of their opening,
 * because each lives inside one synchronous call.
 */
export class Scope {
  /** Ascends in the order of opening. Of two open scopes, the one with the smaller id closes later. */
  readonly id = opened++
  isOpen = true
  /** Nodes for which this is the outermost open scope. Their links are not needed after it closes. */
  readonly #nodes: Owned[] = []

  constructor(readonly kind: ScopeKind) {}

  /** Releases `node` when this scope closes. */
  own(node: Owned): void {
    this.#nodes.push(node)
  }

  /**
   * Ends the recording and unlinks every tensor that no enclosing scope needs, including tensors that the user kept.
   */
  close(): void {
    this.isOpen = false
    for (const node of this.#nodes) for (const output of node.outputs) output.producer = null
    this.#nodes.length = 0
  }
}

/**
 * The open scopes that a node depends on. A set is needed in place of a maximum depth, because a node can depend on an
 * inner scope without depending on an outer one.
 */
export type ScopeSet = readonly Scope[]

/** The empty set. */
export const noScopes: ScopeSet = []

/** Union of two sets without the closed scopes. Allocates only if it must. */
export function unite(a: ScopeSet, b: ScopeSet): ScopeSet {
  const left = a.every(isOpen) ? a : a.filter(isOpen)
  if (a === b) return left
  const added = b.filter((scope) => scope.isOpen && !left.includes(scope))
  return added.length === 0 ? left : left.length === 0 && added.length === b.length ? b : [...left, ...added]
}

/** The scope of a non-empty set that closes last. */
export function outermost(scopes: ScopeSet): Scope {
  return scopes.reduce((best, scope) => (scope.id < best.id ? scope : best))
}

function isOpen(scope: Scope): boolean {
  return scope.isOpen
}
