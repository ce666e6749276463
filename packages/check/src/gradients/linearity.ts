import { largestMagnitude } from '../numeric/tensors'
import { negligible } from '../numeric/verdict'

/**
 * How `Jᵀ(-1000 u)` or `Jᵀ(u + v)` disagrees with `Jᵀ u` and `Jᵀ v`; undefined where the pullback is linear.
 *
 * @param weights u.
 * @param gradients `Jᵀ u`.
 * @param errorAt the rounding error of an entry of `gradients`.
 * @param slack a further error that counts as rounding, relative to the scale of the cotangent.
 */
export function nonlinearity(
  pullback: (weights: readonly Float64Array[]) => readonly Float64Array[],
  weights: readonly Float64Array[],
  gradients: readonly Float64Array[],
  errorAt: (input: number, at: number) => number,
  slack: number,
): string | undefined {
  const turned = weights.map((each) => each.map((_, at) => each[(at + 1) % each.length]))
  const other = pullback(turned)
  const scaled = pullback(weights.map((each) => each.map((weight) => -1000 * weight)))
  const summed = pullback(weights.map((each, i) => each.map((weight, at) => weight + turned[i][at])))
  for (const [i, gradient] of gradients.entries()) {
    const size = largestMagnitude(gradient, largestMagnitude(other[i], negligible))
    // Where a derivative is always zero, its value is a rounding error, which is not linear.
    const isOff = (k: number, value: number, expected: number, scale: number) =>
      Math.abs(value - expected) > scale * (1e-6 * size + slack) &&
      Math.abs(value - expected) > 8 * scale * errorAt(i, k)
    const at = scaled[i].findIndex((value, k) => isOff(k, value, -1000 * gradient[k], 1000))
    if (at >= 0) return notLinear('-1000 times a cotangent', scaled[i][at], -1000 * gradient[at])
    const odd = summed[i].findIndex((value, k) => isOff(k, value, gradient[k] + other[i][k], 1))
    if (odd >= 0) return notLinear('the sum of two cotangents', summed[i][odd], gradient[odd] + other[i][odd])
  }
  return undefined
}

function notLinear(of: string, got: number, expected: number): string {
  return `its rule is not linear in the cotangent: for ${of} it gives ${got}, a linear rule gives ${expected}`
}
