// Against einops: scripts/references/einsum.py.

import { compile, rearrange, reduce, repeat, type Tensor, vmap } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/einsum.json'
import { fixed, functionsOf, resultOf } from './integers'

type Pattern = (typeof golden.patterns)[number]
type AnyCall = (x: Tensor, ...rest: readonly unknown[]) => Tensor

const functions: Record<string, AnyCall> = { rearrange, reduce, repeat } as object as Record<string, AnyCall>

const callOf =
  ({ name, pattern, how, sizes }: Pattern) =>
  (x: Tensor): Tensor =>
    functions[name](x, pattern, ...(how === null ? [] : [how]), sizes)

describe('patterns', () => {
  it('have the values, gradients and Hessian-vector products of einops', () => {
    for (const row of golden.patterns) {
      const { shape, out, grad, hvp, dims, pattern } = row
      expect(resultOf(callOf(row), [fixed(dims, 0)], grad !== null), pattern).toEqual({ shape, out, grad, hvp })
    }
  })

  it('give the same bits compiled, and for batches', () => {
    for (const row of golden.patterns) {
      const x = fixed(row.dims, 0)
      const of = functionsOf(callOf(row))
      const f = row.how === 'prod' ? of.out : of.grad
      expect(compile(f)([x])[0].data).toEqual(f([x])[0].data)
      const batch = fixed([3, ...row.dims], 1)
      expect(vmap(callOf(row))(batch).at(1).data).toEqual(callOf(row)(batch.at(1)).data)
    }
  })

  it('cost no copy where a result is read in place', () => {
    const f = compile((x: Tensor) => rearrange(x, 'b t (h d) -> b h t d', { h: 2 }).tanh())
    expect(f.explain(fixed([2, 3, 4], 0)).kernels).toHaveLength(1)
  })
})
