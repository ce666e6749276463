import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { bilinear } from '../../recording/law'
import { swapLast } from '../contraction'

/**
 * The contraction of a pair of operands of `einsum`: `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`, where
 * each of m, k and n is a group of letters. The work is that of `matmul`. `pair` has the letters, so that graphs and
 * kernels show which pair it is: the transposes are pairs with the letters exchanged.
 */
export const einsumPair: DefinedOp<{ pair: string }> = /* @__PURE__ */ defineOp({
  name: 'einsum',
  inputs: 2,
  infer: ([a, b]) => {
    const shape = [...a.shape]
    shape[shape.length - 1] = b.shape[b.shape.length - 1]
    return { shape, dtype: a.dtype }
  },
  body: bodyOf('contract', () => ({})),
  law: bilinear(
    (g, { inputs: [, b], attributes: { pair } }) => einsumPair(g, swapLast(b), { pair: exchanged(pair, 'left') }),
    (g, { inputs: [a], attributes: { pair } }) => einsumPair(swapLast(a), g, { pair: exchanged(pair, 'right') }),
  ),
  lift: (attributes) => attributes,
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1 })
    const [m, k, n] = [draw.integer(0, 4), draw.integer(0, 4), draw.integer(0, 4)]
    const b = batch.length === 0 ? '' : 'b'
    return {
      inputs: [{ shape: [...batch, m, k] }, { shape: [...batch, k, n] }],
      attributes: { pair: `${b}ij,${b}jk->${b}ik` },
    }
  },
  notation: ([a, b], { pair }) => `einsum(${pair})(${a}, ${b})`,
  label: ({ pair }) => `einsum ${pair}`,
})

/** The letters of the pair that gives the cotangent of one operand. */
function exchanged(pair: string, of: 'left' | 'right'): string {
  const [a, b, c] = pair.split(/,|->/)
  return of === 'left' ? `${c},${b}->${a}` : `${a},${c}->${b}`
}
