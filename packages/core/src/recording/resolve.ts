import { DTypeError } from '../errors'
import { type Body, factsOf, type TensorType, type Work } from '../kernels/work'
import type { Shape } from '../types/shapes'
import { broadcastShapes } from '../values/shape'
import type { Op } from './op'

/** A resolved application: the type of its output, and the work for a backend. */
export interface Resolved {
  readonly type: TensorType
  readonly work: Work
}

/** Resolves an application of an op that is not a region. The program of a map is looked up once, for type and work. */
export function resolve<A>(op: Op<A>, body: Body<A>, inputs: readonly TensorType[], attributes: A): Resolved {
  if (body.kind === 'map') return resolveMap(op.name, body, inputs)
  const type = op.infer(inputs, attributes) as TensorType
  return { type, work: workOf(op.name, body, inputs, type, attributes) }
}

/** Resolves an elementwise application: shapes broadcast, and the program determines the dtype. */
export function resolveMap(name: string, body: Body<any, 'map'>, inputs: readonly TensorType[]): Resolved {
  let shape: Shape = inputs.length === 0 ? [] : inputs[0].shape
  for (let i = 1; i < inputs.length; i++) shape = broadcastShapes(name, shape, inputs[i].shape)
  const work = body.work(inputs, inputs[0], undefined)
  return { type: { shape, dtype: work.program.dtype }, work }
}

/**
 * The work of a body, given the types of an application.
 *
 * @throws DTypeError if `infer` states a dtype for the output that differs from what the work computes.
 */
export function workOf<A>(
  name: string,
  body: Body<A>,
  inputs: readonly TensorType[],
  output: TensorType,
  attributes: A,
): Work {
  const work = body.work(inputs, output, attributes)
  const dtype = factsOf(work).dtype(work, inputs)
  if (dtype !== output.dtype && dtype !== 'any')
    throw new DTypeError(
      'body-dtype',
      `[${name}] its body (${work.kind}) computes ${dtype === 'none' ? 'nothing' : dtype} from ${inputs.map((input) => input.dtype).join(', ')}, ` +
        `but infer returns ${output.dtype}; return the dtype that the body computes, and convert with another op`,
    )
  return work
}
