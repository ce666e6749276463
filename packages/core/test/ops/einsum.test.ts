// Against NumPy and PyTorch: scripts/references/einsum.py. All numbers are integers, so equal means equal in every bit.

import { compile, einsum, einsumPath, kron, type Tensor, tensordot, vmap, zeros } from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import golden from './golden/einsum.json'
import { fixed, functionsOf, resultOf } from './integers'

interface Product {
  readonly subscripts: string
  readonly shapes: readonly (readonly number[])[]
}

const callOf =
  ({ subscripts }: Product) =>
  (...operands: readonly Tensor[]) =>
    einsum(subscripts, ...operands)
const operandsOf = ({ shapes }: Product, dtype: Tensor['dtype'] = 'float64') =>
  shapes.map((shape, i) => fixed(shape, i, dtype))
const dataOf = (list: readonly Tensor[]) => list.map(({ data }) => [...data])
/** The elements, with 0 for -0: a batched product may begin its sums in another way. */
const plus0 = ({ data }: Tensor) => [...data].map((value) => value + 0)

describe('einsum', () => {
  it('has the values, gradients and Hessian-vector products of NumPy and PyTorch', () => {
    for (const row of golden.products) {
      const { shape, out, grad, hvp } = row
      expect(resultOf(callOf(row), operandsOf(row)), row.subscripts).toEqual({ shape, out, grad, hvp })
    }
  })

  it('gives the same integers in the other dtypes', () => {
    for (const row of golden.products.filter((_, i) => i % 3 === 0))
      for (const dtype of ['float32', 'int32'] as const)
        expect(resultOf(callOf(row), operandsOf(row, dtype), false)).toMatchObject({ shape: row.shape, out: row.out })
  })

  it('gives the same bits compiled', () => {
    for (const row of golden.products.filter((_, i) => i % 12 === 0)) {
      const operands = operandsOf(row)
      const of = functionsOf(callOf(row))
      for (const f of [of.out, of.grad, of.hvp]) expect(dataOf(compile(f)(operands))).toEqual(dataOf(f(operands)))
    }
  })

  it('takes batches', () => {
    for (const row of golden.products.filter(({ shapes }, i) => i % 5 === 0 && shapes.length > 1)) {
      const [first, ...rest] = operandsOf(row)
      const batch = fixed([3, ...first.shape], 1)
      const each = vmap((x: Tensor) => einsum(row.subscripts, x, ...rest))(batch)
      for (let i = 0; i < 3; i++) expect(plus0(each.at(i))).toEqual(plus0(einsum(row.subscripts, batch.at(i), ...rest)))
    }
  })

  it('sums over nothing', () => {
    const nothing: Tensor = zeros([2, 0])
    expect(einsum('ij,kj->ik', nothing, nothing).toArray()).toEqual([[0, 0], [0, 0]]) // prettier-ignore
    expect(einsum('ij->i', nothing).toArray()).toEqual([0, 0])
    expect(einsum('ij,kj->j', nothing, nothing).toArray()).toEqual([])
  })
})

describe('the path', () => {
  const chain = [zeros([10, 1000]), zeros([1000, 5]), zeros([5, 60])] as const

  it('takes the order with the fewest products', () => {
    expect(String(einsumPath('ij,jk,kl->il', ...chain))).toBe(
      [
        'ij,jk,kl->il: 106,000 operations, 9,000,000 without intermediate results',
        '  0, 1: ij,jk->ik, 100,000 operations',
        '  0, 1: kl,ik->il, 6,000 operations',
      ].join('\n'),
    )
    expect(einsumPath('ij,kj,lk->il', chain[2], zeros([1000, 60]), zeros([10, 1000])).steps[0].operands).toEqual([0, 1])
    expect(einsumPath('ij->i', zeros([2, 3])).steps).toEqual([])
  })

  it('is greedy for many operands, and never joins what shares no letter first', () => {
    const matrices = Array.from({ length: 8 }, () => zeros([4, 4]) as Tensor)
    const { steps, flops } = einsumPath('ab,bc,cd,de,ef,fg,gh,hi->ai', ...matrices)
    expect(steps).toHaveLength(7)
    expect(flops).toBe(7 * 2 * 4 ** 3)
  })

  it('is printed by explain, with the letters and the operations of each pair', () => {
    const f = compile((a: Tensor, b: Tensor, c: Tensor) => einsum('ij,jk,kl->il', a, b, c))
    const { kernels } = f.explain(...chain)
    expect(kernels.filter((kernel) => kernel.includes('einsum'))).toEqual([
      expect.stringContaining('contract 10x5x1000: einsum ij,jk->ik (100,000 operations) ->'),
      expect.stringContaining('einsum ik,kl->il (6,000 operations) ->'),
    ])
    expect(String(f.explain(...chain).graph)).toContain('einsum(%0, %1, pair: ij,jk->ik, flops: 100000)')
  })
})

describe('the lowering', () => {
  const kernelsOf = (subscripts: string, ...shapes: number[][]) => {
    const operands = shapes.map((shape) => zeros(shape) as Tensor)
    const { kernels } = compile((...xs: Tensor[]) => einsum(subscripts, ...xs)).explain(...operands)
    return kernels.map(
      (kernel) =>
        kernel
          .replace(/^#\d+ | ->.*$|\[.*?\]|\(.*?\) ?/g, '')
          .trim()
          .split(/[ :]/)[0],
    )
  }

  it('makes one kernel where axes can be read in place', () => {
    expect(kernelsOf('bij,bjk->bik', [8, 3, 4], [8, 4, 5])).toEqual(['contract'])
    expect(kernelsOf('bqhd,bkhd->bhqk', [2, 6, 3, 4], [2, 5, 3, 4])).toEqual(['contract'])
    expect(kernelsOf('jk,ij->ik', [4, 5], [3, 4])).toEqual(['contract'])
    expect(kernelsOf('ij,jk->ki', [3, 4], [4, 5])).toEqual(['contract'])
    expect(kernelsOf('...ij,...jk->...ik', [2, 8, 3, 4], [2, 8, 4, 5])).toEqual(['contract'])
    expect(kernelsOf('i,j->ij', [3], [4])).toEqual(['loop'])
    expect(kernelsOf('bi,bi->b', [3, 40], [3, 40])).toEqual(['loop'])
    expect(kernelsOf('ii->i', [4, 4])).toHaveLength(1)
    expect(kernelsOf('ii->', [4, 4])).toEqual(['loop'])
  })

  it('makes one product of a batch with one right matrix, as matmul does', () => {
    const [a, b]: Tensor[] = [zeros([8, 3, 4]), zeros([4, 5])]
    expect(kernelsOf('bij,jk->bik', [8, 3, 4], [4, 5])).toHaveLength(
      compile((x: Tensor, y: Tensor) => x.matmul(y)).explain(a, b).kernels.length,
    )
    expect(kernelsOf('bij,kj->bik', [8, 3, 4], [5, 4])).toHaveLength(2)
  })

  it('copies the result where its letters are in another order', () => {
    expect(kernelsOf('bhqk,bkhd->bqhd', [2, 3, 6, 5], [2, 5, 3, 4])).toHaveLength(2)
  })
})

describe('tensordot and kron', () => {
  const callOf =
    ({ name, axes }: { readonly name: string; readonly axes?: unknown }) =>
    (a: Tensor, b: Tensor): Tensor =>
      name === 'kron' ? kron(a, b) : tensordot(a, b, axes as number)

  it('have the values, gradients and Hessian-vector products of PyTorch', () => {
    for (const row of golden.others) {
      const { shape, out, grad, hvp } = row
      const call = callOf(row) as (...operands: readonly Tensor[]) => Tensor
      expect(resultOf(call, operandsOf({ ...row, subscripts: '' }))).toEqual({ shape, out, grad, hvp })
    }
  })
})
