import type { Producer, Tensor } from '../values/tensor'
import type { CallSite } from '../values/call-site'
import type { Op } from './op'
import type { Scope, ScopeSet } from './scope'

let created = 0

/** The application in whose derivative rule another one was recorded. */
export interface Origin {
  readonly id: number
  readonly op: Op
  readonly site: CallSite | null
  readonly origin: Origin | null
}

/** One application of an op, recorded because it depends on an open scope. */
export class Node implements Producer, Origin {
  readonly id = created++

  constructor(
    readonly op: Op,
    readonly attributes: any,
    readonly inputs: readonly Tensor[],
    readonly outputs: readonly Tensor[],
    readonly scopes: ScopeSet,
    /** Where the user asked for it; captured in traces only. */
    readonly site: CallSite | null,
    /** The application whose rule asked for it, if one did; kept in traces only. */
    readonly origin: Origin | null,
    /** The function of the library whose call it is a part of, if it is of one. */
    readonly operation: string | null,
  ) {}
}

let rule: Node | null = null

/** Runs `body` as the derivative rule of `node`, which becomes the origin of what is recorded meanwhile. */
export function asRuleOf<T>(node: Node, body: () => T): T {
  const before = rule
  rule = node
  try {
    return body()
  } finally {
    rule = before
  }
}

/** The application whose rule is running. */
export function runningRule(): Node | null {
  return rule
}

/** The application that made a tensor, as long as an open scope needs it. */
export function nodeOf(tensor: Tensor): Node | null {
  return tensor.producer as Node | null
}

/**
 * The nodes between `outputs` and the leaves of `scope`, inputs before users. Iterative, so that depth is bounded by
 * memory alone.
 */
export function nodesBetween(outputs: readonly Tensor[], scope: Scope): Node[] {
  const found = new Set<Node>()
  const pending: Node[] = []
  const reach = (tensor: Tensor) => {
    const node = nodeOf(tensor)
    if (node === null || found.has(node) || !node.scopes.includes(scope)) return
    found.add(node)
    pending.push(node)
  }
  outputs.forEach(reach)
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) node.inputs.forEach(reach)
  return [...found].sort((a, b) => a.id - b.id)
}
