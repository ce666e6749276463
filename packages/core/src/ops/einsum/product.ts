import { bodyOf } from '../../kernels/work'
import { defineOp, type DefinedOp } from '../../recording/define'
import { bilinear } from '../../recording/law'
import { sizeOf } from '../../values/shape'
import { productType, swapLast } from '../contraction'

/** The letters of two operands and of their result, and the multiplications and additions of their contraction. */
interface Pair {
  readonly pair: string
  readonly flops: number
}

/**
 * The contraction of a pair of operands of `einsum`: `[...batch, m, k] x [...batch, k, n] -> [...batch, m, n]`, where
 * each of m, k and n is a group of letters. The work is that of `matmul`. `pair` has the letters, so that graphs and
 * kernels show which pair it is: the transposes are pairs with the letters exchanged.
 */
export const einsumPair: DefinedOp<Pair> = /* @__PURE__ */ defineOp({
  name: 'einsum',
  inputs: 2,
  infer: productType,
  body: bodyOf('contract', () => ({})),
  law: bilinear(
    (g, { inputs: [, b], attributes: pair }) => einsumPair(g, swapLast(b), exchanged(pair, 'left')),
    (g, { inputs: [a], attributes: pair }) => einsumPair(swapLast(a), g, exchanged(pair, 'right')),
  ),
  lift: ({ pair, flops }, size) => ({ pair, flops: size * flops }),
  domain: (draw) => {
    const batch = draw.shape({ maxRank: 1 })
    const [m, k, n] = [draw.integer(0, 4), draw.integer(0, 4), draw.integer(0, 4)]
    const b = batch.length === 0 ? '' : 'b'
    return {
      inputs: [{ shape: [...batch, m, k] }, { shape: [...batch, k, n] }],
      attributes: { pair: `${b}ij,${b}jk->${b}ik`, flops: 2 * sizeOf(batch) * m * n * k },
    }
  },
  notation: ([a, b], { pair }) => `einsum(${pair})(${a}, ${b})`,
  label: ({ pair, flops }) => `einsum ${pair} (${flops.toLocaleString('en-US')} operations)`,
})

/** The pair that gives the cotangent of one operand. It takes as many operations. */
function exchanged({ pair, flops }: Pair, of: 'left' | 'right'): Pair {
  const [a, b, c] = pair.split(/,|->/)
  return { pair: of === 'left' ? `${c},${b}->${a}` : `${a},${c}->${b}`, flops }
}
