import { bilinear, type DefinedOp, defineElementwise, defineOp, linear, vjpRule } from '@cotangent/core'

// Ops defined outside the library, in one file, through its public interface alone.

/** `x / (1 + |x|)`. */
export const softsign = defineElementwise({
  name: 'softsign',
  inputs: 1,
  formula: (s, x) => s.div(x, s.add(s.const(1), s.abs(x))),
  domain: [{ min: -3, max: 3, avoid: [0] }],
})

/** Differences of neighbours along the only axis, `yᵢ = xᵢ₊₁ - xᵢ`, by a kernel. The transpose is another kernel. */
export const neighbours: DefinedOp = defineOp({
  name: 'neighbours',
  inputs: 1,
  infer: ([x]) => ({ shape: [Math.max(0, x.shape[0] - 1)], dtype: x.dtype }),
  kernel: ([x], y) => y.data.forEach((_, i) => (y.data[i] = x.data[i + 1] - x.data[i])),
  law: linear({ transpose: (g, { inputs: [x] }) => [spread(g, { size: x.shape[0] as number })] }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape({ minRank: 1, maxRank: 1 }) }], attributes: undefined }),
})

const spread: DefinedOp<{ size: number }> = defineOp({
  name: 'spread',
  inputs: 1,
  infer: ([x], { size }) => ({ shape: [size], dtype: x.dtype }),
  kernel: ([g], y) =>
    g.data.forEach((value, i) => {
      y.data[i] -= value
      y.data[i + 1] += value
    }),
  law: linear({ transpose: (g) => [neighbours(g)] }),
  domain: (draw) => {
    const size = draw.integer(1, 4)
    return { inputs: [{ shape: [size - 1] }], attributes: { size } }
  },
})

/** The Euclidean norm of all elements, with an explicit rule. */
export const norm = defineOp({
  name: 'norm',
  inputs: 1,
  infer: ([x]) => ({ shape: [], dtype: x.dtype }),
  kernel: ([x], y) => (y.data[0] = Math.hypot(...x.data)),
  law: vjpRule({ pullback: ([g], { inputs: [x], output }) => [x.div(output).mul(g)] }),
  domain: (draw) => ({ inputs: [{ shape: draw.shape({ minSize: 1 }), min: 0.5, max: 2 }], attributes: undefined }),
})

/** The cross product of two vectors of three, by a kernel. */
export const cross: DefinedOp = defineOp({
  name: 'cross',
  inputs: 2,
  infer: ([a]) => a,
  kernel: ([{ data: a }, { data: b }], { data: c }) => {
    c[0] = a[1] * b[2] - a[2] * b[1]
    c[1] = a[2] * b[0] - a[0] * b[2]
    c[2] = a[0] * b[1] - a[1] * b[0]
  },
  law: bilinear(
    (g, { inputs: [, b] }) => cross(b, g),
    (g, { inputs: [a] }) => cross(g, a),
  ),
  domain: () => ({ inputs: [{ shape: [3] }, { shape: [3] }], attributes: undefined }),
})
