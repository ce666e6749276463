import {
  checkNothingBeyond,
  checkSameStructure,
  formatPath,
  GradientError,
  type Path,
  type Tensor,
} from '@cotangent/core'

/** A running update. */
interface Update {
  /** The function that the user called, as errors name it. */
  readonly operation: string
  readonly model: unknown
  /** The tree that is being processed, as errors name it: the gradients, or the result of a transform. */
  given: string
}

let running: Update | null = null

/**
 * Runs an update and tells it the name for its errors: the outermost update of the same model, which the user
 * called. The outermost update checks that the gradients have tensors wherever the model has some.
 */
export function asUpdate<T>(operation: string, model: unknown, gradients: unknown, body: (operation: string) => T): T {
  if (running !== null && running.model === model) return body(running.operation)
  checkNothingBeyond(operation, ['the model', model], ['the gradients', gradients])
  const before = running
  running = { operation, model, given: 'the gradients' }
  try {
    return body(operation)
  } finally {
    running = before
  }
}

/** The name for errors about a model: the running update's, if it updates that model. */
export function operationOn(model: unknown, otherwise: string): string {
  return running !== null && running.model === model ? running.operation : otherwise
}

/** Names the tree that is processed from here to the end of the update. */
export function workOn(given: string): void {
  if (running !== null) running.given = given
}

/** The name of a further tree in errors. */
function nameOf(tree: number): string {
  return tree === 0 ? (running?.given ?? 'the gradients') : 'the state'
}

/** Throws an error for the first tree whose structure differs from the model's. */
export function rejectStructure(operation: string, model: unknown, others: readonly unknown[]): void {
  others.forEach((other, i) => checkSameStructure(operation, ['the model', model], [nameOf(i), other]))
}

function isOfType(x: Tensor, like: Tensor): boolean {
  if (x.dtype !== like.dtype || x.rank !== like.rank) return false
  for (let axis = 0; axis < x.rank; axis++) if (x.shape[axis] !== like.shape[axis]) return false
  return true
}

const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

/**
 * Throws a GradientError unless the tensor at a parameter's place in the further tree number `tree` has the
 * parameter's type.
 */
export function checkType(operation: string, path: Path, parameter: Tensor, other: Tensor, tree: number): void {
  if (isOfType(other, parameter)) return
  const what = nameOf(tree)
  throw new GradientError(
    'update-type',
    `[${operation}] expected ${typeOf(parameter)} at ${formatPath(path)} of ${what}, as in the model, got ${typeOf(other)}; ${remedyFor(what)}`,
  )
}

function remedyFor(what: string): string {
  if (what === 'the gradients') return 'pass the gradients of this model'
  return what === 'the state'
    ? 'pass the state that init made for this model'
    : 'return updates with the types of the parameters'
}
