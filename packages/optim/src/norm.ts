import {
  abs,
  checkArguments,
  div,
  full,
  greater,
  kinds,
  less,
  max,
  maximum,
  mul,
  ones,
  type Path,
  runAs,
  sqrt,
  square,
  stopGradient,
  sum,
  type Tensor,
  treeLeaves,
  ValueError,
  where,
  zeros,
} from '@cotangent/core'
import { aModel, gradientsOfModel } from './kinds'
import { asUpdate } from './structure'
import { type GradientTransform, mapParameters, stateless } from './transforms'

/**
 * `g ← g · min(1, limit / ‖g‖)`, with the norm over all leaves together. The direction is kept (Pascanu et al. 2013,
 * algorithm 1).
 *
 * @throws ValueError unless `limit` is positive.
 */
export function clipByGlobalNorm(limit: number): GradientTransform<null> {
  checkArguments('clipByGlobalNorm', [kinds.positiveNumber], arguments)
  const measured = (operation: string, gradients: unknown, model: unknown) => {
    const { total, scale } = scaledSquares(operation, gradients, model)
    const exceeds = greater(sqrt(total), mul(scale, limit))
    // A norm within the limit is replaced by 1: the square root would have an infinite derivative at 0.
    const factor = div(full([], limit, { dtype: 'float64' }), sqrt(where(exceeds, total, 1)))
    return { exceeds, factor, scale }
  }
  return stateless('clipByGlobalNorm', (operation, gradients, model) => {
    const { exceeds, factor, scale } = runAs(operation, () => measured(operation, gradients, model), [gradients, model])
    // Selects instead of multiplying by 1, so that gradients within the limit keep every bit.
    const clipped = (_: Tensor, __: Path, g: Tensor): Tensor =>
      where(exceeds, mul(mul(g.astype('float64'), scale), factor).astype(g.dtype), g)
    return mapParameters(operation, clipped, model, gradients)
  })
}

const normParameters = [gradientsOfModel, /* @__PURE__ */ kinds.optional(aModel)]

/**
 * `√Σ g²` over all floating-point leaves, in float64. Each distinct leaf of `model` (default: the gradients)
 * contributes one g, if it has one.
 *
 * @throws ValueError if there is no floating-point leaf.
 */
export function globalNorm(gradients: unknown, model: unknown = gradients): Tensor<[]> {
  checkArguments('globalNorm', normParameters, arguments)
  return asUpdate('globalNorm', model, gradients, (operation) => {
    if (!runAs(operation, treeLeaves, [model]).some(({ dtype }) => dtype.startsWith('float')))
      throw new ValueError(
        'no-parameters',
        `[${operation}] the gradients hold no floating-point tensor; convert numbers with tensor(...)`,
      )
    const norm = () => {
      const { total, scale } = scaledSquares(operation, gradients, model)
      return div(sqrt(total), scale)
    }
    return runAs(operation, norm, [gradients])
  })
}

/**
 * `Σ (s g)²` in float64, with a power of two s that keeps the squares in range. s is 1 unless a float64 gradient is
 * so large that its square would overflow, or all are so small that their squares would underflow.
 */
function scaledSquares(
  operation: string,
  gradients: unknown,
  model: unknown,
): { total: Tensor<[]>; scale: Tensor<[]> } {
  const leaves: Tensor[] = []
  const collect = (_: Tensor, __: Path, g: Tensor) => {
    leaves.push(g)
    return g
  }
  mapParameters(operation, collect, model, gradients)
  const one = ones([], { dtype: 'float64' })
  const wide = leaves.map((g) => g.astype('float64'))
  // Squares of float32 numbers stay in the range of float64.
  const canLeave = leaves.some((g) => g.dtype === 'float64')
  const scale = canLeave ? scaleOf(wide.filter((g) => g.size > 0)) : one
  const squares = wide.map((g) => sum(square(canLeave ? mul(g, scale) : g)))
  return { total: squares.reduce((a, b) => a.add(b), zeros([], { dtype: 'float64' })), scale }
}

function scaleOf(leaves: readonly Tensor[]): Tensor<[]> {
  const largest = leaves
    .map((g) => max(abs(stopGradient(g))))
    .reduce((a, b) => maximum(a, b), zeros([], { dtype: 'float64' }))
  const small = where(less(largest, 2 ** -400), full([], 2 ** 600, { dtype: 'float64' }), 1)
  return where(greater(largest, 2 ** 500), full([], 2 ** -600, { dtype: 'float64' }), small)
}
