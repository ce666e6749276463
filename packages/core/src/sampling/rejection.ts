import { whileLoop } from '../control/while-loop'
import { add } from '../ops/arithmetic'
import { less, where } from '../ops/comparison'
import { any } from '../ops/counting'
import { full, tensor } from '../ops/creation'
import type { Shape } from '../types/shapes'
import type { Tensor } from '../values/tensor'

/**
 * Proposals until all are accepted: attempt 0, 1, ... for every element that has none. A rejected proposal is negative.
 * It has no derivative. `first` holds numbers that need no attempt, and -1 for those that do (default: all).
 */
export function untilAccepted(shape: Shape, propose: (attempt: Tensor) => Tensor, first?: Tensor): Tensor {
  const start = first ?? (full(shape as number[], -1, { dtype: 'float64' }) as Tensor)
  const { value } = whileLoop(
    ({ numbers }) => any(less(numbers, 0)),
    ({ numbers, attempt }) => ({
      numbers: where(less(numbers, 0), propose(attempt), numbers),
      attempt: add(attempt, 1),
    }),
    { numbers: start, attempt: tensor(0, { dtype: 'int32' }) as Tensor },
  )
  return value.numbers
}
