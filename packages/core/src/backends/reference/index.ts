import type { Body, Buffer, Kind, TensorType } from '../../kernels/work'
import { allocate, normalizeBooleans, type TypedArray } from '../../values/dtype'
import { broadcastStrides, sizeOf } from '../../values/shape'
import { contract } from './contract'
import { gather, scatter } from './gather'
import { order, scan } from './line'
import { runMap } from './map'
import { move } from './move'
import { reduce } from './reduce'

type Executor<K extends Kind> = (
  body: Extract<Body, { kind: K }>,
  inputs: readonly Buffer[],
  output: TensorType,
  attributes: any,
) => TypedArray

// The whole backend: a kind that is missing here does not compile.
const executors = {
  map: (body, inputs, output) => {
    const data = allocate(output.dtype, sizeOf(output.shape))
    runMap(
      body.program(inputs.map((input) => input.dtype)),
      inputs.map((input) => input.data),
      inputs.map((input) => broadcastStrides(input.shape, output.shape)),
      output.shape,
      data,
    )
    return data
  },
  reduce: (body, [input], output, attributes) => reduce(body.combine, input, output, attributes.axes),
  scan: (_, [input], output, attributes) => scan(input, output, attributes),
  order: (_, [input], output, attributes) => order(input, output, attributes),
  contract: (_, [a, b], output) => contract(a, b, output),
  move: (body, inputs, output, attributes) => move(body.move(inputs, output, attributes), inputs, output),
  gather: (_, [input, indices], output, attributes) => gather(input, indices, output, attributes),
  scatter: (_, [updates, indices], output, attributes) => scatter(updates, indices, output, attributes),
  opaque: (body, inputs, output, attributes) => {
    const data = allocate(output.dtype, sizeOf(output.shape))
    body.kernel(inputs, { ...output, data }, attributes)
    return data
  },
} satisfies { [K in Kind]: Executor<K> }

/** Kinds that can make other numbers than 0 and 1 where the result is bool; the others pick from their inputs, or compare. */
const makesNumbers: Partial<Record<Kind, boolean>> = {
  map: false,
  reduce: true,
  scan: true,
  contract: true,
  scatter: true,
  opaque: true,
}

/**
 * Computes one op on concrete inputs: the reference that every other backend must equal bit for bit. The result may
 * share its storage with an input, which nobody writes to.
 */
export function execute(body: Body, inputs: readonly Buffer[], output: TensorType, attributes: unknown): TypedArray {
  const data = (executors[body.kind] as Executor<Kind>)(body, inputs, output, attributes)
  if (output.dtype === 'bool' && makesNumbers[body.kind]) normalizeBooleans(data)
  return data
}
