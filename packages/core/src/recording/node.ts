import type { Producer, Tensor } from '../values/tensor'
import type { CallSite } from '../values/call-site'
import type { Op } from './op'
import type { Scope, ScopeSet } from './scope'

let created = 0

/** An application whose derivative rule recorded another application. */
export interface Origin {
  readonly id: number
  readonly op: Op
  readonly site: CallSite | null
  readonly origin: Origin | null
}

/** A run of a subgraph of a region. The frames around an application say where in loops and branches it stands. */
export interface Frame {
  /** The function that the user called: `scan`, `cond`. */
  readonly region: string
  /** `body`, `condition`, `branch true`. */
  readonly role: string
  /** The number of steps that were taken before; null in a branch. */
  readonly iteration: number | null
  /** The call site in user code. */
  readonly site: CallSite | null
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
    /** The call site in user code; captured in traces only. */
    readonly site: CallSite | null,
    /** The application whose derivative rule recorded this one, if any; kept in traces only. */
    readonly origin: Origin | null,
    /** The library function whose call made this application, if any. In a rule: the function that the user called. */
    readonly operation: string | null,
    /** The bodies of loops and branches around it; known under an observer only. */
    readonly frames: readonly Frame[],
  ) {}
}

let rule: Node | null = null

/**
 * Runs `body` as the derivative rule of `node`. The node becomes the origin of the applications that `body` records.
 */
export function asRuleOf<T>(node: Node, body: () => T): T {
  const before = rule
  rule = node
  try {
    return body()
  } finally {
    rule = before
  }
}

/** What an application keeps of the application that it repeats. */
type Repeated = Pick<Origin, 'site' | 'origin'> & { readonly frames: readonly Frame[] }

let repeated: Repeated | null = null

/** Runs `body` in place of a recorded application. What it applies has the call site and the origin of that one. */
export function inPlaceOf<T>(application: Repeated, body: () => T): T {
  const before = repeated
  repeated = application
  try {
    return body()
  } finally {
    repeated = before
  }
}

/** The recorded application that is being repeated; null outside of repetitions. */
export function runningRepetition(): Repeated | null {
  return repeated
}

/** The application whose derivative rule is running; null outside of rules. */
export function runningRule(): Node | null {
  return rule
}

/** The application that produced a tensor, as long as an open scope needs it. */
export function nodeOf(tensor: Tensor): Node | null {
  return tensor.producer as Node | null
}

/**
 * The nodes between the leaves of `scope` and `outputs`, in topological order. The search is iterative, so that only
 * memory limits the depth.
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
