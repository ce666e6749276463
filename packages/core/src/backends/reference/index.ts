import { type Buffer, factsOf, type Kind, type TensorType, type Work } from '../../kernels/work'
import { allocate, normalizeBooleans, type TypedArray } from '../../values/dtype'
import { broadcastStrides, sizeOf } from '../../values/shape'
import { accumulate, argsort } from './axis'
import { contract } from './contract'
import { factor } from './factor'
import { gather, scatter } from './gather'
import { runMap } from './map'
import { move } from './move'
import { reduce } from './reduce'

type Executor<K extends Kind> = (work: Work<K>, inputs: readonly Buffer[], output: TensorType) => TypedArray

// The whole interpreter: a kind that is missing here does not compile.
const executors = {
  map: ({ program }, inputs, output) => {
    const data = allocate(output.dtype, sizeOf(output.shape))
    runMap(
      program,
      inputs.map((input) => input.data),
      inputs.map((input) => broadcastStrides(input.shape, output.shape)),
      output.shape,
      data,
    )
    return data
  },
  reduce: ({ combine, axes }, [input], output) => reduce(combine, input, output, axes),
  accumulate: ({ combine, axis }, [input], output) => accumulate(combine, input, output, axis),
  argsort: ({ axis }, [input], output) => argsort(input, output, axis),
  contract: (_, [a, b], output) => contract(a, b, output),
  move: ({ parts }, inputs, output) => move(parts, inputs, output),
  gather: (work, [input, indices], output) => gather(input, indices, output, work),
  scatter: (work, [updates, indices], output) => scatter(updates, indices, output, work),
  factor: ({ factorization }, inputs, output) => factor(factorization, inputs, output),
  opaque: ({ run }, inputs, output) => {
    const data = allocate(output.dtype, sizeOf(output.shape))
    run(inputs, { ...output, data })
    return data
  },
} satisfies { [K in Kind]: Executor<K> }

/**
 * Does one piece of work on concrete inputs: the interpreter, which every other backend must equal bit for bit. The
 * result may share its storage with an input, which nobody writes to.
 */
export function execute(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray {
  const data = (executors[work.kind] as Executor<Kind>)(work, inputs, output)
  if (output.dtype === 'bool' && factsOf(work).makesNumbers) normalizeBooleans(data)
  return data
}
