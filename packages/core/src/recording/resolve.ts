import { DTypeError } from '../errors'
import { type Body, resultDType, type TensorType, type Work } from '../kernels/work'
import type { Shape } from '../types/shapes'
import { broadcastShapes } from '../values/shape'
import type { Op } from './op'

/** What an application comes to: the type of its output, and what a backend does for it. */
export interface Resolved {
  readonly type: TensorType
  readonly work: Work
}

/** Resolves an application of an op with a body of its own. The program of a map is looked up once, for type and work. */
export function resolve<A>(op: Op<A>, body: Body<A>, inputs: readonly TensorType[], attributes: A): Resolved {
  if (body.kind === 'map') return resolveMap(op.name, body, inputs)
  const type = op.infer(inputs, attributes) as TensorType
  return { type, work: workOf(op.name, body, inputs, type, attributes) }
}

/** An elementwise application: shapes broadcast, and the program says the dtype. */
export function resolveMap(name: string, body: Body<any, 'map'>, inputs: readonly TensorType[]): Resolved {
  let shape: Shape = inputs.length === 0 ? [] : inputs[0].shape
  for (let i = 1; i < inputs.length; i++) shape = broadcastShapes(name, shape, inputs[i].shape)
  const work = body.work(inputs, inputs[0], undefined)
  return { type: { shape, dtype: work.program.dtype }, work }
}

/**
 * What a body does, given the types of an application.
 *
 * @throws DTypeError where the op states another dtype for its output than the work makes.
 */
export function workOf<A>(
  name: string,
  body: Body<A>,
  inputs: readonly TensorType[],
  output: TensorType,
  attributes: A,
): Work {
  const work = body.work(inputs, output, attributes)
  const dtype = resultDType(work, inputs)
  if (dtype !== output.dtype && work.kind !== 'opaque')
    throw new DTypeError(
      'body-dtype',
      `[${name}] its body, a ${work.kind}, makes ${dtype ?? 'nothing'} of ${inputs.map((input) => input.dtype).join(', ')}, ` +
        `but infer says ${output.dtype}; let infer say what the body makes, and convert with another op`,
    )
  return work
}
