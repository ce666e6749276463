import { identityOf } from '../../kernels/numerics'
import type { Buffer, Indexing, Meeting, TensorType, Work } from '../../kernels/work'
import { KernelFault } from '../../errors'
import { allocate, type TypedArray } from '../../values/dtype'
import { formatShape, sizeOf } from '../../values/shape'

/** Visits every selected element in row-major order: its position on the indexed side and on the selected side. */
function visit(
  picked: TensorType,
  indices: Buffer,
  { axis, along, size }: Indexing,
  each: (long: number, short: number) => void,
): void {
  const outer = sizeOf(picked.shape.slice(0, axis))
  const count = along ? picked.shape[axis] : indices.data.length
  const inner = sizeOf(picked.shape.slice(along ? axis + 1 : axis + indices.shape.length))
  for (const index of indices.data)
    if (index < 0 || index >= size)
      throw new KernelFault(
        'index-out-of-range',
        `index ${index} is out of range for axis ${axis} of size ${size}; use int32 indices or labels from 0 to ${size - 1} ` +
          `(indices have shape ${formatShape(indices.shape)})`,
      )
  let short = 0
  for (let o = 0; o < outer; o++)
    for (let c = 0; c < count; c++)
      for (let i = 0; i < inner; i++, short++) each((o * size + indices.data[along ? short : c]) * inner + i, short)
}

/** `out[o, c, i] = input[o, indices[c], i]`, or `input[o, indices[o, c, i], i]` along an axis. */
export function gather(input: Buffer, indices: Buffer, output: TensorType, indexing: Indexing): TypedArray {
  const data = allocate(output.dtype, sizeOf(output.shape))
  const source = input.data
  visit(output, indices, indexing, (long, short) => {
    data[short] = source[long]
  })
  return data
}

const meetings: Readonly<Record<Meeting, (a: number, b: number) => number>> = {
  sum: (a, b) => a + b,
  maximum: Math.max,
  minimum: Math.min,
}

/**
 * `out[o, indices[c], i] += updates[o, c, i]` into zeros, in row-major order of the updates. A scatter of extremes
 * starts from the smallest or the largest number instead, and NaN is more extreme than any number.
 */
export function scatter(updates: Buffer, indices: Buffer, output: TensorType, work: Work<'scatter'>): TypedArray {
  const data = allocate(output.dtype, sizeOf(output.shape))
  const source = updates.data
  const meet = meetings[work.combine]
  if (work.combine !== 'sum') data.fill(identityOf(work.combine, output.dtype))
  visit(updates, indices, work, (long, short) => {
    data[long] = meet(data[long], source[short])
  })
  return data
}
