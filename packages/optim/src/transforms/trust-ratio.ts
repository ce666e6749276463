import { and, checkArguments, div, greater, type Tensor, where } from '@cotangent/core'
import { mapParameters } from '../parameters'
import { normOf } from './norm'
import { type GradientTransform, stateless } from './transform'

/**
 * `g ← g · ‖θ‖ / ‖g‖` for each leaf, and g itself where a norm is 0 (You et al. 2020, algorithm 2, with φ the
 * identity). The norms are taken in float64.
 */
export function scaleByTrustRatio(): GradientTransform<null> {
  checkArguments('scaleByTrustRatio', [], arguments)
  const scaled = (parameter: Tensor, _: unknown, g: Tensor): Tensor => {
    const [of, to] = [normOf(g), normOf(parameter)]
    const hasRatio = and(greater(of, 0), greater(to, 0))
    const ratio = where(hasRatio, div(to, where(hasRatio, of, 1)), 1)
    return g.mul(ratio.astype(g.dtype))
  }
  return stateless('scaleByTrustRatio', (gradients, model) => mapParameters(scaled, model, gradients))
}
