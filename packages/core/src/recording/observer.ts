import type { Tensor } from '../values/tensor'
import type { Frame, Node } from './node'
import type { Op } from './op'

/** Observes every application and every derivative rule, for debugging and checkers. */
export interface Observer {
  /** An op was applied. Its outputs have values unless they are symbolic. */
  applied(op: Op, inputs: readonly Tensor[], outputs: readonly Tensor[]): void
  /**
   * The rule of a node mapped cotangents of its outputs to cotangents of its inputs (`reverse`), or tangents of its
   * inputs to tangents of its outputs (`forward`). null stands for zero.
   */
  differentiated(
    mode: 'reverse' | 'forward',
    node: Node,
    from: readonly (Tensor | null)[],
    to: readonly (Tensor | null)[],
  ): void
  /**
   * A region starts to run one of its subgraphs on these inputs, followed by what it captured. An observer may compute
   * the outputs of the subgraph itself, and return them.
   */
  entered?(graph: unknown, inputs: readonly Tensor[], frame: Frame): readonly Tensor[] | undefined
}

let current: Observer | null = null

/** The current observer, if there is one. */
export function observing(): Observer | null {
  return current
}

/** Runs `body` under an observer, or under none. */
export function observe<T>(observer: Observer | null, body: () => T): T {
  const before = current
  current = observer
  try {
    return body()
  } finally {
    current = before
  }
}
