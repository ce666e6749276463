import { flatten, GradientError, type Tensor, ValueError } from '@cotangent/core'

const typeOf = ({ dtype, shape }: Tensor) => `${dtype}[${shape.join(', ')}]`

/**
 * Checks that a tree has a tensor of the same type wherever the model has one, and none anywhere else.
 *
 * @throws ValueError for the first place where only one has a tensor; GradientError where their types differ.
 */
export function checkStructure(operation: string, what: string, model: unknown, other: unknown): void {
  const [expected, given] = [flatten(model).byPath, flatten(other).byPath]
  for (const [path, parameter] of expected) {
    const found = given.get(path)
    if (found === undefined) throw differs(operation, `${what} have no tensor at ${path}, where the model has one`)
    if (parameter.dtype.startsWith('float')) checkType(operation, path, parameter, found)
  }
  for (const path of given.keys())
    if (!expected.has(path)) throw differs(operation, `${what} have a tensor at ${path}, where the model has none`)
}

/** Throws a GradientError unless what stands in the place of a parameter has its type. */
export function checkType(operation: string, path: string, parameter: Tensor, other: Tensor): void {
  if (typeOf(other) !== typeOf(parameter))
    throw new GradientError(
      'update-type',
      `[${operation}] at ${path} the parameter is ${typeOf(parameter)}, but its gradient or state is ${typeOf(other)}; ` +
        'give the gradients of this model, and the state that init made for it',
    )
}

function differs(operation: string, text: string): ValueError {
  return new ValueError(
    'tree-structure',
    `[${operation}] ${text}; pass the gradients of this model, and the state that init made for it`,
  )
}
