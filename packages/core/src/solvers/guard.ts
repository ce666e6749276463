import { ValueError } from '../errors'
import { repeated } from '../batching/rules'
import { where } from '../ops/comparison'
import { reshapeTo } from '../ops/movement'
import { applyAll, detached } from '../recording/apply'
import { regionRule } from '../recording/law'
import type { Op } from '../recording/op'
import type { Shape } from '../types/shapes'
import { formatIndex } from '../values/shape'
import type { Tensor } from '../values/tensor'
import type { Found } from './solution'

/** The words of the error for a solver that did not finish. */
export interface Goal {
  readonly operation: string
  /** What was to be reached, after "expected". */
  readonly expected: string
  /** What stands before the number that was reached. Default: nothing. */
  readonly reached?: string
  readonly remedy: string
}

interface Guard extends Goal {
  /** The region owns no graph. */
  readonly graphs: readonly []
}

function run([finished, steps, reached, ...values]: readonly Tensor[], goal: Guard): readonly Tensor[] {
  if (!finished.isSymbolic) {
    const at = finished.values!.indexOf(0)
    if (at < 0) return values.map(detached)
    const example = finished.rank === 0 ? '' : ` in example ${formatIndex(at, finished.shape as Shape)}`
    throw new ValueError(
      'not-converged',
      `[${goal.operation}] expected ${goal.expected}, got ${goal.reached ?? ''}${reached.values![at]} after ${steps.values![at]} steps${example}; ${goal.remedy}`,
    )
  }
  return values.map((value) => {
    const { rank } = finished
    const shape = (value.shape as Shape).map((size, axis) => (axis < rank ? size : 1))
    return where(reshapeTo(finished, { shape }), value, NaN)
  })
}

/**
 * The values of a solver that finished. Where it did not, it throws if that can be known, and the values of a compiled
 * program are NaN. Inputs: `finished`, the steps and what was reached, each with as many axes as there are batches;
 * then the values. The derivative is that of the values.
 */
const guard: Op<Guard> = {
  name: 'guard',
  infer: ([, , , ...values]) => values,
  body: {
    kind: 'region',
    run,
    owned: () => [],
    batch: ({ op, inputs, attributes, size }) =>
      applyAll(
        op,
        inputs.map((input) => repeated(input, size)),
        attributes,
      ).map((tensor) => ({ tensor, isBatched: true })),
  },
  law: regionRule({
    pullback: (cotangents) => [null, null, null, ...cotangents],
    jvp: ([, , , ...tangents]) => tangents,
  }),
  domain: (draw) => ({
    inputs: [
      { shape: [], dtype: 'bool', min: 1 },
      { shape: [], dtype: 'int32' },
      { shape: [] },
      { shape: draw.shape() },
    ],
    attributes: { graphs: [], operation: 'guard', expected: 'an end', remedy: 'go on' },
  }),
}

/** The solution, which the program goes on with only if the solver finished. `reached` is what the goal is about. */
export function guarded(found: Found, goal: Goal, reached: Tensor = found.residual): Found {
  const { finished, steps, value } = found
  return { ...found, value: applyAll(guard, [finished, steps, reached, ...value], { graphs: [], ...goal }) }
}
