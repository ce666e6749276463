import { kernelError } from '../../errors'
import type { BufferId, WorkKernel } from '../../kernels/schedule'
import type { Buffer } from '../../kernels/work'
import type { TypedArray } from '../../values/dtype'
import { execute } from '.'

/** Does the work of a host kernel on the elements of its buffers. Errors bear its name. */
export function runHostKernel(
  { name, work, inputs, type }: WorkKernel,
  dataOf: (id: BufferId, type: WorkKernel['type']) => TypedArray,
  doWork = execute,
): TypedArray {
  const buffers = inputs.map(({ buffer, type }): Buffer => ({ ...type, data: dataOf(buffer, type) }))
  try {
    return doWork(work, buffers, type)
  } catch (error) {
    throw kernelError(name, error)
  }
}
