import * as core from '@cotangent/core'
import type { SampleInput, Tensor } from '@cotangent/core'
import { fullRank, regular } from '../../../core/src/ops/linear-algebra/domains'
import type { Row } from './composites'

/** A row for one input of matrices, of which at most two stand in a batch. */
function matrices(
  input: (batch: readonly number[], m: number, n: number) => SampleInput,
  f: (a: any, more: any) => Tensor,
  more: readonly unknown[] = [undefined],
): Row {
  return [
    (draw) => {
      const batch = draw.shape({ maxRank: 1, maxSize: 2 })
      const [m, n] = [draw.integer(1, 3), draw.integer(1, 3)]
      return { inputs: [input(batch, m, n)], attributes: { more: draw.pick(more) } }
    },
    ([a], { more: given }) => f(a, given),
  ]
}

const square = (batch: readonly number[], m: number) => regular(batch, m)

/** Functions of matrices that are made of ops. */
export const linearAlgebra: Record<string, Row> = {
  inverse: matrices(square, (a) => core.inverse(a)),
  logDeterminant: matrices(square, (a) => {
    const { sign, logAbs } = core.logDeterminant(a)
    return sign.add(logAbs)
  }),
  matrixPower: matrices(square, core.matrixPower, [0, 1, 3, -2]),
  qr: matrices(fullRank, (a) => core.matmul(core.qr(a).q, core.qr(a).r.mul(core.qr(a).r))),
  lstsq: [
    (draw) => {
      const batch = draw.shape({ maxRank: 1, maxSize: 2 })
      const [m, n, k] = [draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 2)]
      return { inputs: [fullRank(batch, m, n), { shape: [...batch, m, k] }], attributes: undefined }
    },
    ([a, b]) => core.lstsq(a, b),
  ],
  matrixRank: matrices(fullRank, (a) => core.matrixRank(a)),
  matrixTrace: matrices(
    (batch, m, n) => ({ shape: [...batch, m, n] }),
    (a) => core.matrixTrace(a),
  ),
  matrixNorm: matrices(fullRank, (a, p) => core.matrixNorm(a, { p }), ['frobenius', 'nuclear', 2]),
  norm: [
    (draw) => {
      const shape = draw.shape({ maxRank: 2 })
      const axis = draw.pick([undefined, ...shape.map((_, at) => at)])
      const p = draw.pick([2, 1.5, 3])
      return {
        inputs: [{ shape, min: -2, max: 2, avoid: [0] }],
        attributes: { axis, p, keepDims: draw.pick([false, true]) },
      }
    },
    ([x], options) => core.norm(x, options),
  ],
}
