import { bodyOf } from '../kernels/work'
import { recordNode, scopesOf } from '../recording/apply'
import { linear } from '../recording/law'
import { type Node, nodesBetween } from '../recording/node'
import type { Op } from '../recording/op'
import { Scope, type ScopeSet, unite } from '../recording/scope'
import { lifted } from '../recording/stage'
import { GradientError } from '../errors'
import { inOrder } from '../kernels/moves'
import { Tensor } from '../values/tensor'
import { flattenFor } from '../trees/tree'

/** A recorded computation from fresh aliases of some leaves to its outputs, in the order of computation. */
export interface Tape {
  /** The name of the transform or op, for messages. */
  readonly operation: string
  readonly aliases: readonly Tensor[]
  /** The names of the aliases, for messages. */
  readonly names: readonly string[]
  readonly nodes: readonly Node[]
  /** Every tensor that depends on an alias. */
  readonly dependent: ReadonlySet<Tensor>
}

/** A fresh alias of the input, which exactly one transform tracks. */
const alias: Op<undefined> = {
  name: 'alias',
  infer: ([input]) => input,
  body: bodyOf('move', (_, __, { shape }) => ({ parts: inOrder(shape) })),
  law: linear({ transpose: (cotangent) => [cotangent], movement: true }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape() }], attributes: undefined }),
  isAlias: true,
}

/** A fresh alias of `leaf`. It depends on `leaf` and on `scope`. */
export function rebind(given: Tensor, scope: Scope): Tensor {
  const [leaf] = lifted([given])
  const rebound = new Tensor(leaf.shape, leaf.dtype, leaf.values)
  const scopes: ScopeSet = unite([scope], scopesOf([leaf]))
  recordNode(alias, undefined, [leaf], [rebound], scopes)
  return rebound
}

/**
 * Runs `body` on fresh aliases of `leaves` and records the computation. The scope closes on return, so rules that run
 * later are recorded for enclosing scopes only. In reverse mode, loops keep the carries of their steps.
 *
 * @throws GradientError if `body` returns a Promise: later computations would not be recorded.
 */
export function record<R>(
  operation: string,
  leaves: readonly Tensor[],
  body: (aliases: readonly Tensor[]) => R,
  names: () => readonly string[] = () => leaves.map((_, i) => `input ${i}`),
  mode: 'reverse' | 'forward' = 'reverse',
): { result: R; tape: Tape } {
  const scope = new Scope(mode)
  try {
    const aliases = leaves.map((leaf) => rebind(leaf, scope))
    const result = body(aliases)
    if (result instanceof Promise)
      throw new GradientError(
        'async-function',
        `[${operation}] the function returned a Promise; await what it needs first, and differentiate the synchronous rest`,
      )
    const nodes = nodesBetween(result instanceof Tensor ? [result] : flattenFor(operation, result).leaves, scope)
    const dependent = new Set(nodes.flatMap((node) => node.outputs))
    // Names are only needed for messages, so they are computed lazily.
    const tape: Tape = {
      ...{ operation, aliases, nodes, dependent },
      get names() {
        return names()
      },
    }
    return { result, tape }
  } finally {
    scope.close()
  }
}
