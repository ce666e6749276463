import type { SampleInput } from '../../recording/domain'
import type { Shape } from '../../types/shapes'
import { allocate } from '../../values/dtype'
import { Tensor } from '../../values/tensor'
import { contract, swapLast } from '../contraction'
import { flipAxes } from '../movement'
import { diagonalMatrix, diagonalOf, identities, sizesOf, symmetricPart, triangleOf } from './matrices'

// The inputs that factorizations are tested on: functions of free numbers, so that every perturbation is legal.

/** Symmetric positive definite: `Z Zᵀ/n + I`. */
export function positiveDefinite(batch: Shape, n: number): SampleInput {
  const from = (z: Tensor) =>
    contract(z, swapLast(z))
      .div(Math.max(1, n))
      .add(identities(batchIn(z), n, z.dtype))
  return { shape: [...batch, n, n], from }
}

/** Far from singular, with pivots that are not on the diagonal: `Z/8 + 2 I` with its rows in reverse. */
export function regular(batch: Shape, n: number): SampleInput {
  const from = (z: Tensor) =>
    flipAxes(z.div(8).add(identities(batchIn(z), n, z.dtype).mul(2)), { axes: [batchIn(z).length] })
  return { shape: [...batch, n, n], from }
}

/** Triangular, with a diagonal of at least 1. */
export function triangularMatrix(batch: Shape, n: number, isLower: boolean): SampleInput {
  const from = (z: Tensor) =>
    triangleOf(z.div(2), isLower ? 'lower' : 'upper', isLower ? -1 : 1).add(
      diagonalMatrix(diagonalOf(z).square().div(2).add(1)),
    )
  return { shape: [...batch, n, n], from }
}

/** Symmetric, with eigenvalues near 1, 2, ..., n: `H (diag(1, ..., n) + small) H` with a reflection H. */
export function separated(batch: Shape, n: number): SampleInput {
  const from = (z: Tensor) => {
    const inner = symmetricPart(z)
      .div(8 * Math.max(1, n))
      .add(ascending(z))
    return contract(contract(reflection(z, n, 0), inner), reflection(z, n, 0))
  }
  return { shape: [...batch, n, n], from }
}

/** Of full rank, with singular values near 1, 2, ...: a nearly diagonal matrix between two reflections. */
export function fullRank(batch: Shape, m: number, n: number): SampleInput {
  const from = (z: Tensor) => {
    const inner = z.div(8 * Math.max(1, m, n)).add(ascending(z))
    return contract(contract(reflection(z, m, 0), inner), reflection(z, n, 1))
  }
  return { shape: [...batch, m, n], from }
}

const batchIn = (z: Tensor): Shape => [...z.shape].slice(0, -2)

function constantFor(z: Tensor, m: number, n: number, entry: (i: number, j: number) => number): Tensor {
  const values = allocate(z.dtype, m * n)
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) values[i * n + j] = entry(i, j)
  return new Tensor([m, n], z.dtype, values)
}

/** `diag(1, 2, ...)` of the sizes of z. */
function ascending(z: Tensor): Tensor {
  return constantFor(z, ...sizesOf(z), (i, j) => (i === j ? i + 1 : 0))
}

/** `I - 2 v vᵀ/(vᵀ v)` for each matrix of z. */
function reflection(z: Tensor, n: number, seed: number): Tensor {
  const v = Array.from({ length: n }, (_, i) => 1 + ((i + seed) % 3))
  const square = v.reduce((sum, value) => sum + value * value, 0)
  const one = constantFor(z, n, n, (i, j) => Number(i === j) - (2 * v[i] * v[j]) / square)
  return identities(batchIn(z), n, z.dtype).mul(0).add(one)
}
