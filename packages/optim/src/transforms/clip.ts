import {
  checkArguments,
  greater,
  kinds,
  maximum,
  minimum,
  runAs,
  sqrt,
  square,
  sum,
  type Tensor,
  div,
  treeParameters,
  ValueError,
  where,
} from '@cotangent/core'
import { aModel, gradientsOfModel, evaluated } from '../kinds'
import { mapParameters } from '../parameters'
import { asUpdate } from '../structure'
import { limiter, scaledSquares } from './norm'
import { type GradientTransform, stateless } from './transform'

/** `g ← max(-limit, min(limit, g))`, entry by entry. @throws ValueError unless `limit` is positive. */
export function clipByValue(limit: number): GradientTransform<null> {
  checkArguments('clipByValue', [kinds.positiveNumber], arguments)
  return stateless('clipByValue', (gradients, model) =>
    mapParameters((_, __, g) => maximum(minimum(g, limit), -limit), model, gradients),
  )
}

/**
 * `g ← g · min(1, limit / ‖g‖)`, each leaf by its own norm, in float64. Leaves within the limit keep every bit.
 *
 * @throws ValueError unless `limit` is positive.
 */
export function clipByNorm(limit: number): GradientTransform<null> {
  checkArguments('clipByNorm', [kinds.positiveNumber], arguments)
  return stateless('clipByNorm', (gradients, model) =>
    mapParameters((_, __, g) => limiter(scaledSquares([g]), limit)(g), model, gradients),
  )
}

/**
 * `g ← g · min(1, limit / ‖g‖)`, with the norm over all leaves together. The direction is kept (Pascanu et al. 2013,
 * algorithm 1).
 *
 * @throws ValueError unless `limit` is positive.
 */
export function clipByGlobalNorm(limit: number): GradientTransform<null> {
  checkArguments('clipByGlobalNorm', [kinds.positiveNumber], arguments)
  return stateless('clipByGlobalNorm', (gradients, model, operation) => {
    const measured = () => limiter(scaledSquares(parametersOf(gradients, model)), limit)
    const clipped = runAs(operation, measured, [gradients, model])
    return mapParameters((_, __, g) => clipped(g), model, gradients)
  })
}

const adaptiveParameters = /* @__PURE__ */ evaluated(() => [
  kinds.positiveNumber,
  /* @__PURE__ */ kinds.options({ least: kinds.positiveNumber }),
])

/**
 * Adaptive gradient clipping: `gᵢ ← gᵢ · min(1, limit · max(‖θᵢ‖, least) / ‖gᵢ‖)` for each unit i, a row along the
 * first axis, which is the output of a dense layer. A tensor with one axis or none is one unit. `least`, by default
 * 0.001, lets weights leave 0 (Brock et al. 2021, eq. 3; their limit is 0.01). Norms are taken in float64; a gradient
 * beyond 1e154 overflows there and becomes 0.
 *
 * @throws ValueError unless `limit` and `least` are positive.
 */
export function clipAdaptively(limit: number, options?: { readonly least?: number }): GradientTransform<null> {
  checkArguments('clipAdaptively', adaptiveParameters, arguments)
  const least = options?.least ?? 1e-3
  const clipped = (parameter: Tensor, _: unknown, g: Tensor): Tensor => {
    const most = maximum(sqrt(unitSquares(parameter)), least).mul(limit)
    const squares = unitSquares(g)
    const exceeds = greater(squares, square(most))
    // A norm within the limit is replaced by 1: the square root would have an infinite derivative at 0.
    const factor = div(most, sqrt(where(exceeds, squares, 1)))
    return where(exceeds, g.mul(factor.astype(g.dtype)), g)
  }
  return stateless('clipAdaptively', (gradients, model) => mapParameters(clipped, model, gradients))
}

function unitSquares(x: Tensor): Tensor {
  const axis = Array.from({ length: x.rank }, (_, i) => i).slice(x.rank > 1 ? 1 : 0)
  return sum(square(x.astype('float64')), { axis, keepDims: true })
}

const normParameters = /* @__PURE__ */ evaluated(() => [gradientsOfModel, /* @__PURE__ */ kinds.optional(aModel)])

/**
 * `√Σ g²` over all floating-point leaves, in float64. Each distinct leaf of `model` (default: the gradients)
 * contributes one g, if it has one.
 *
 * @throws ValueError if there is no floating-point leaf.
 */
export function globalNorm(gradients: unknown, model: unknown = gradients): Tensor<[]> {
  checkArguments('globalNorm', normParameters, arguments)
  return asUpdate('globalNorm', model, gradients, (operation) => {
    if (runAs(operation, treeParameters, [model]).length === 0)
      throw new ValueError(
        'no-parameters',
        `[${operation}] the gradients hold no floating-point tensor; convert numbers with tensor(...)`,
      )
    const norm = () => {
      const { total, scale } = scaledSquares(parametersOf(gradients, model))
      return div(sqrt(total), scale)
    }
    return runAs(operation, norm, [gradients])
  })
}

/** The gradients of the parameters. */
function parametersOf(gradients: unknown, model: unknown): Tensor[] {
  const leaves: Tensor[] = []
  const collect = (_: Tensor, __: unknown, g: Tensor) => {
    leaves.push(g)
    return g
  }
  mapParameters(collect, model, gradients)
  return leaves
}
