import type { Buffer, TensorType, Work } from '../../../kernels/work'
import type { TypedArray } from '../../../values/dtype'
import { execute as interpret } from '../../reference'
import { factor } from '../../reference/factor'
import { isAvailable } from '../available'
import { noRoom, VectorRows } from './machine'

/** The smaller side of a matrix from which on its operations on rows are worth a call. */
const large = 12

let machine: VectorRows | undefined

/**
 * Does one piece of work outside of the kernels of a program. The interpreter does it, but the operations on rows that
 * factorizations of large matrices consist of are WebAssembly, with the same bits.
 */
export function executeOnHost(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray {
  if (work.kind !== 'factor' || Math.min(...inputs[0].shape.slice(-2)) < large || !isAvailable())
    return interpret(work, inputs, output)
  machine ??= new VectorRows()
  const rows = machine
  for (;;)
    try {
      return factor(work.factorization, inputs, output, () => rows.restart())
    } catch (error) {
      if (error !== noRoom) throw error
      if (!rows.grow()) return interpret(work, inputs, output)
    }
}
