import { bilinear, bodyOf, defineOp, type DefinedOp, matmul, type Tensor, transpose } from '@cotangent/core'

/** A matrix product whose cotangent of the left operand is planted. */
export const product = (left: (g: Tensor, b: Tensor) => Tensor): DefinedOp =>
  defineOp({
    name: 'product',
    inputs: 2,
    infer: ([a, b]) => ({ shape: [a.shape[0], b.shape[1]], dtype: a.dtype }),
    body: bodyOf('contract', () => ({})),
    law: bilinear(
      (g, { inputs: [, b] }) => left(g, b),
      (g, { inputs: [a] }) => matmul(transpose(a), g),
    ),
    domain: (draw) => {
      const [m, k, n] = [draw.integer(1, 3), draw.integer(1, 3), draw.integer(1, 3)]
      return { inputs: [{ shape: [m, k] }, { shape: [k, n] }], attributes: undefined }
    },
  })
