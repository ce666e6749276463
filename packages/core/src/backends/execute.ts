import type { Buffer, TensorType, Work } from '../kernels/work'
import type { TypedArray } from '../values/dtype'
import { execute as interpret } from './reference'
import { executeEagerly } from './wasm/eager'

/**
 * Does one piece of work on concrete inputs: on WebAssembly where that is faster, else by the interpreter, with the same bits. The
 * result may share its storage with an input, which nobody writes to.
 */
export function execute(work: Work, inputs: readonly Buffer[], output: TensorType): TypedArray {
  return executeEagerly(work, inputs, output) ?? interpret(work, inputs, output)
}
