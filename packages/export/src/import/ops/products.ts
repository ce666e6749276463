import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { operator, type Operators, plain } from '../node'

/** Products of matrices, and sums of products. */
export const products: Operators = {
  MatMul: plain(2, ct.matmul),
  Gemm: operator([2, 3], (node) => {
    const [alpha, beta] = [node.float('alpha', 1), node.float('beta', 1)]
    const [transA, transB] = [node.flag('transA', false), node.flag('transB', false)]
    const scaled = (x: Tensor, factor: number) => (factor === 1 ? x : ct.mul(x, factor))
    return (given) => {
      const [a, b] = [given.tensor(0), given.tensor(1)]
      const product = scaled(ct.matmul(transA ? a.transpose() : a, transB ? b.transpose() : b), alpha)
      const c = given.optional(2)
      return c === undefined ? product : ct.add(product, scaled(c, beta))
    }
  }),
  Einsum: operator([1, Infinity], (node) => {
    const equation = node.text('equation').replaceAll(' ', '')
    return (given) => ct.einsum(equation, ...(given.all as Tensor[]))
  }),
}
