// How far SGD in floating point may be from the recurrences of sgd.ts when both are given the same gradients.
//
// Each operation has a relative error of at most the unit roundoff u (Higham, Accuracy and Stability of Numerical
// Algorithms, chapter 2), and a constant (η, μ, w, a limit) is rounded once to the dtype of the parameters. Beside each
// recurrence stands that of its error E(.):
//
//   clip    E(g) = 5 u |g|                                    the norm, its rounding, the quotient, the product
//   decay   E(g + w θ) = E(g) + w E(θ) + 2 u w |θ| + u |g + w θ|
//   speed   E(v) = μ E(v) + 2 u μ |v| + E(g) + u |v'|         v' = μ v + g
//   ahead   E(g + μ v') = E(g) + μ E(v') + 2 u μ |v'| + u |g + μ v'|
//   step    E(θ) = E(θ) + η E(d) + (E(η) + 2 u η) |d| + u |θ - η d|
//
// A schedule's rate is computed in float64 to some units in the last place of the first rate: E(η) = 32 · 2⁻⁵³ η₀.
// Dropped are products of u with a bound; 1 % more makes up for them. With E(θ) = 0 at the start and |d| <= D, all of
// it is at most about t u (|θ| + 6 η D/(1 - μ)) after t updates.

import { clippedByGlobalNorm, clippedByValue, type Descent } from './sgd'

const { abs } = Math

/** Bounds for all states of `descend`, whose history is given, with gradients that do not depend on θ. */
export function errorBounds(
  history: readonly (readonly (readonly number[])[])[],
  gradients: readonly (readonly (readonly number[])[])[],
  u: number,
  { rate, momentum = 0, nesterov = false, decay = 0, clip }: Descent,
): number[][][] {
  const zeros = () => history[0].map((theta) => theta.map(() => 0))
  const [velocity, errorOfVelocity] = [zeros(), zeros()]
  const bounds = [zeros()]
  for (let t = 0; t + 1 < history.length; t++) {
    const raw = gradients[t]
    const clipped =
      clip === undefined
        ? raw
        : 'value' in clip
          ? raw.map((gradient) => clippedByValue(gradient, clip.value))
          : clippedByGlobalNorm(raw, clip.globalNorm)
    const eta = rate(t)
    const errorOfRate = 32 * 2 ** -53 * abs(rate(0))
    bounds.push(
      history[t].map((theta, p) =>
        theta.map((value, i) => {
          const before = bounds[t][p][i]
          const g = clipped[p][i] + decay * value
          const eg =
            (clip === undefined ? 0 : 5 * u * abs(clipped[p][i])) +
            (decay === 0 ? 0 : decay * before + 2 * u * decay * abs(value) + u * abs(g))
          let [d, ed] = [g, eg]
          if (momentum > 0) {
            const v = velocity[p][i]
            const next = momentum * v + g
            const en = momentum * errorOfVelocity[p][i] + 2 * u * momentum * abs(v) + eg + u * abs(next)
            const ahead = g + momentum * next
            d = nesterov ? ahead : next
            ed = nesterov ? eg + momentum * en + 2 * u * momentum * abs(next) + u * abs(ahead) : en
            velocity[p][i] = next
            errorOfVelocity[p][i] = en
          }
          const after = history[t + 1][p][i]
          return (before + eta * ed + (errorOfRate + 2 * u * eta) * abs(d) + u * abs(after)) * 1.01
        }),
      ),
    )
  }
  return bounds
}
