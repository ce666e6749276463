import {
  checkNothingBeyond,
  checkSameStructure,
  formatPath,
  GradientError,
  type Path,
  type Tensor,
} from '@cotangent/core'

/** An update that is running. */
interface Update {
  /** What the caller called, as errors name it. */
  readonly operation: string
  readonly model: unknown
}

let running: Update | null = null

/**
 * Runs an update, which is told the name that errors give it: that of the outermost one for the same model, which is what the
 * caller called. There the gradients are checked to have tensors where the model has some.
 */
export function asUpdate<T>(operation: string, model: unknown, gradients: unknown, body: (operation: string) => T): T {
  if (running !== null && running.model === model) return body(running.operation)
  checkNothingBeyond(operation, ['the model', model], ['the gradients', gradients])
  const before = running
  running = { operation, model }
  try {
    return body(operation)
  } finally {
    running = before
  }
}

/** Names the first tree that has not the structure of the model. */
export function rejectStructure(operation: string, model: unknown, others: readonly unknown[]): void {
  others.forEach((other, i) =>
    checkSameStructure(operation, ['the model', model], [i === 0 ? 'the gradients' : 'the state', other]),
  )
}

function isOfType(x: Tensor, like: Tensor): boolean {
  if (x.dtype !== like.dtype || x.rank !== like.rank) return false
  for (let axis = 0; axis < x.rank; axis++) if (x.shape[axis] !== like.shape[axis]) return false
  return true
}

const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

/** Throws a GradientError unless what stands in the place of a parameter has its type. */
export function checkType(operation: string, path: Path, parameter: Tensor, other: Tensor): void {
  if (!isOfType(other, parameter))
    throw new GradientError(
      'update-type',
      `[${operation}] at ${formatPath(path)} the parameter is ${typeOf(parameter)}, but its gradient or state is ${typeOf(other)}; ` +
        'give the gradients of this model, and the state that init made for it',
    )
}
