import type { TypedArray } from '../values/dtype'
import type { Body, Buffer, TensorType } from '../kernels/work'
import { execute as executeByReference } from './reference'
import { executeEagerly } from './wasm/eager'

/**
 * Computes one op on concrete inputs: on WebAssembly where that is faster, else by the reference, with the same bits. The result
 * may share its storage with an input, which nobody writes to.
 */
export function execute(body: Body, inputs: readonly Buffer[], output: TensorType, attributes: unknown): TypedArray {
  return executeEagerly(body, inputs, output, attributes) ?? executeByReference(body, inputs, output, attributes)
}
