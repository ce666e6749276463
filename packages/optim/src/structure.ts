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
  /** What errors call that which is worked on now: the gradients, or what a transform made of them. */
  given: string
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
  running = { operation, model, given: 'the gradients' }
  try {
    return body(operation)
  } finally {
    running = before
  }
}

/** Says what is worked on from here to the end of the update. */
export function workOn(given: string): void {
  if (running !== null) running.given = given
}

/** What errors call a further tree that is walked along with the model. */
function nameOf(tree: number): string {
  return tree === 0 ? (running?.given ?? 'the gradients') : 'the state'
}

/** Names the first tree that has not the structure of the model. */
export function rejectStructure(operation: string, model: unknown, others: readonly unknown[]): void {
  others.forEach((other, i) => checkSameStructure(operation, ['the model', model], [nameOf(i), other]))
}

function isOfType(x: Tensor, like: Tensor): boolean {
  if (x.dtype !== like.dtype || x.rank !== like.rank) return false
  for (let axis = 0; axis < x.rank; axis++) if (x.shape[axis] !== like.shape[axis]) return false
  return true
}

const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

/** Throws a GradientError unless what stands in the place of a parameter has its type, in the further tree with a number. */
export function checkType(operation: string, path: Path, parameter: Tensor, other: Tensor, tree: number): void {
  if (isOfType(other, parameter)) return
  const what = nameOf(tree)
  throw new GradientError(
    'update-type',
    `[${operation}] at ${formatPath(path)} the parameter is ${typeOf(parameter)}, but ${typeOf(other)} stands there in ${what}; ${remedyFor(what)}`,
  )
}

function remedyFor(what: string): string {
  if (what === 'the gradients') return 'give the gradients of this model'
  return what === 'the state' ? 'give the state that init made for it' : 'return updates that are like the parameters'
}
