import type { Tensor } from '../values/tensor'
import type { Node } from './node'
import type { Op } from './op'

/** Follows what is computed, for debugging. */
export interface Observer {
  /** An op was applied; its value is known unless it is symbolic. */
  applied(op: Op, inputs: readonly Tensor[], outputs: readonly Tensor[]): void
  /**
   * The rule of a node took derivatives of one side to the other: cotangents of its outputs to those of its inputs
   * (`reverse`), or tangents of its inputs to those of its outputs (`forward`). null stands for zero.
   */
  differentiated(
    mode: 'reverse' | 'forward',
    node: Node,
    from: readonly (Tensor | null)[],
    to: readonly (Tensor | null)[],
  ): void
}

let current: Observer | null = null

/** The observer of the running code, if there is one. */
export function observing(): Observer | null {
  return current
}

/** Runs `body` under an observer. */
export function observe<T>(observer: Observer, body: () => T): T {
  const before = current
  current = observer
  try {
    return body()
  } finally {
    current = before
  }
}
