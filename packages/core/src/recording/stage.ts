import type { Tensor } from '../values/tensor'
import { nodeOf } from './node'
import type { TensorType } from './op'
import type { Scope } from './scope'

let current: Stage | null = null

/**
 * A trace that records every application. A tensor from outside becomes an input of the graph when it is first used, so
 * that work on such tensors alone is recorded too. The branches of a condition are traced so: otherwise the work of all
 * of them would be done while tracing.
 */
export class Stage {
  /** The tensors from outside that were used. */
  readonly captured: Tensor[] = []
  /** The inputs of the graph that stand for them. */
  readonly inputs: Tensor[] = []

  constructor(
    private readonly scope: Scope,
    private readonly inputOf: (type: TensorType) => Tensor,
  ) {}

  /** The tensor itself if it is of this trace, otherwise the input that stands for it. */
  lift(tensor: Tensor): Tensor {
    if (nodeOf(tensor)?.scopes.includes(this.scope)) return tensor
    let at = this.captured.indexOf(tensor)
    if (at < 0) {
      at = this.captured.push(tensor) - 1
      this.inputs.push(this.inputOf(tensor))
    }
    return this.inputs[at]
  }

  /** The tensor from outside that an input stands for. */
  originalOf(tensor: Tensor): Tensor | undefined {
    return this.captured[this.inputs.indexOf(tensor)]
  }

  /** Whether a trace inside this one follows a tensor. What depends on it belongs to that trace. */
  isWithin(tensor: Tensor): boolean {
    const scopes = nodeOf(tensor)?.scopes ?? []
    return scopes.some((scope) => scope.kind === 'trace' && scope.isOpen && scope.id > this.scope.id)
  }
}

/** Runs `body` in a stage. */
export function inStage<R>(stage: Stage, body: () => R): R {
  const before = current
  current = stage
  try {
    return body()
  } finally {
    current = before
  }
}

/** A tensor, or the one from outside that it stands for in the current stage. */
export function unlifted(tensor: Tensor): Tensor {
  return current?.originalOf(tensor) ?? tensor
}

/** The inputs of an application, lifted into the current stage. */
export function lifted(inputs: readonly Tensor[]): readonly Tensor[] {
  const stage = current
  if (stage === null || inputs.some((input) => stage.isWithin(input))) return inputs
  return inputs.map((input) => stage.lift(input))
}
