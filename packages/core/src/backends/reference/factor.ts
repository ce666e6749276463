import type { Factorization } from '../../kernels/factor/factorization'
import type { RowMachine } from '../../kernels/factor/rows'
import type { Buffer, TensorType } from '../../kernels/work'
import { allocate, type TypedArray } from '../../values/dtype'
import { sizeOf } from '../../values/shape'

/** The definition of the operations on rows. */
const plainRows: RowMachine = {
  take: (length) => new Float64Array(length),
  addRows(to, scale, factors, from, length, count, growth = 0) {
    const { x: target } = to
    const { x: source } = from
    for (let i = 0; i < count; i++) {
      const factor = scale * factors.x[factors.at + i * factors.step]
      const [into, at] = [to.at + i * to.step, from.at + i * from.step]
      const end = length + i * growth
      for (let j = 0; j < end; j++) target[into + j] += factor * source[at + j]
    }
  },
  addProduct(to, scale, { x, at, step }, from, length, inner, count) {
    for (let i = 0; i < count; i++) {
      const row = { x: to.x, at: to.at + i * to.step, step: 0 }
      this.addRows(row, scale, { x, at: at + i * step, step: 1 }, from, length, inner)
    }
  },
  dotRows(out, { x, at, step }, v, vAt, length, count) {
    for (let i = 0; i < count; i++) {
      const sums = [0, 0, 0, 0]
      for (let j = 0; j < length; j++) sums[j % 4] += x[at + i * step + j] * v[vAt + j]
      out[i] = sums[0] + sums[2] + (sums[1] + sums[3])
    }
  },
  rotateRows({ x, at, step }, turns, length, count) {
    for (let i = 0; i < count; i++) {
      const [c, s] = [turns[2 * i], turns[2 * i + 1]]
      const a = at + i * step
      const b = a + step
      for (let j = 0; j < length; j++) {
        const p = x[a + j]
        const q = x[b + j]
        x[a + j] = c * p + s * q
        x[b + j] = c * q - s * p
      }
    }
  },
}

/** Does a factorization for each matrix of a batch, in float64. `machineFor` is asked for each matrix. */
export function factor(
  { run }: Factorization,
  inputs: readonly Buffer[],
  output: TensorType,
  machineFor: () => RowMachine = () => plainRows,
): TypedArray {
  const [{ shape, dtype }] = inputs
  const batch = shape.slice(0, -2)
  const count = sizeOf(batch)
  const data = allocate(output.dtype, sizeOf(output.shape))
  for (let at = 0; at < count; at++) {
    const machine = machineFor()
    const part = (whole: TypedArray) => {
      const size = whole.length / count
      return whole.subarray(at * size, (at + 1) * size)
    }
    const copied = (x: TypedArray) => {
      const copy = machine.take(x.length)
      copy.set(x)
      return copy
    }
    const out = machine.take(data.length / count)
    run({
      machine,
      inputs: inputs.map((input) => copied(part(input.data))),
      m: shape[shape.length - 2],
      n: shape[shape.length - 1],
      k: inputs.at(-1)!.shape.at(-1)!,
      out,
      place: { batch, at },
      resolution: dtype === 'float64' ? 2 ** -52 : 2 ** -23,
    })
    part(data).set(out)
  }
  return data
}
