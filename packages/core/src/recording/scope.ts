/** What opened a scope: a transform that will differentiate, or a trace that records. */
export type ScopeKind = 'derivative' | 'trace'

let opened = 0

/** What a scope lets go: an application, by the links to it that its outputs have. */
interface Owned {
  readonly outputs: readonly { producer: unknown }[]
}

/**
 * The span of one transform's call of the user's function. Scopes close in the reverse order of their opening, because
 * each lives inside one synchronous call.
 */
export class Scope {
  /** Ascending in order of opening: of the open scopes, a smaller one closes later. */
  readonly id = opened++
  isOpen = true
  /** Nodes for which this is the outermost open scope: nobody needs their links once it closes. */
  readonly #nodes: Owned[] = []

  constructor(readonly kind: ScopeKind) {}

  /** Lets `node` go when this scope closes. */
  own(node: Owned): void {
    this.#nodes.push(node)
  }

  /** Ends the recording and unlinks every tensor that no enclosing scope needs, those that the user kept included. */
  close(): void {
    this.isOpen = false
    for (const node of this.#nodes) for (const output of node.outputs) output.producer = null
    this.#nodes.length = 0
  }
}

/** The open scopes that a node depends on. A maximum depth would not do: depending on an outer scope says nothing about an inner one. */
export type ScopeSet = readonly Scope[]

/** The empty set. */
export const noScopes: ScopeSet = []

/** Union of two sets, closed scopes left out; allocates only where it must. */
export function unite(a: ScopeSet, b: ScopeSet): ScopeSet {
  const left = a.every(isOpen) ? a : a.filter(isOpen)
  if (a === b) return left
  const added = b.filter((scope) => scope.isOpen && !left.includes(scope))
  return added.length === 0 ? left : left.length === 0 && added.length === b.length ? b : [...left, ...added]
}

/** Of a set that is not empty, the scope that closes last. */
export function outermost(scopes: ScopeSet): Scope {
  return scopes.reduce((best, scope) => (scope.id < best.id ? scope : best))
}

function isOpen(scope: Scope): boolean {
  return scope.isOpen
}
