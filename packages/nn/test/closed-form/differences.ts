// Derivatives by differences: they know the value only, and so can judge every derivative rule.

import { activation } from './activations'
import { backpropagate, type Backpropagation, cost, forward, namedArrays, type Network } from './backpropagation'
import { build, type Matrix } from './matrix'

/**
 * Central differences with steps h, h/2 and h/4, extrapolated twice (Richardson 1911), which removes the errors of
 * order h² and h⁴.
 */
export function extrapolated(f: (moved: number) => number, h: number): number {
  const slope = (step: number) => (f(step) - f(-step)) / (2 * step)
  const [wide, half, quarter] = [slope(h), slope(h / 2), slope(h / 4)]
  const [coarse, fine] = [(4 * half - wide) / 3, (4 * quarter - half) / 3]
  return (16 * fine - coarse) / 15
}

export interface Comparison {
  /** Arrays in which an entry is off, such as `W2`, `δ1` or `x`. */
  readonly wrong: readonly string[]
  readonly compared: number
  /** Entries whose step crosses the kink of an activation. */
  readonly skipped: number
}

/** On which side of the kink each z is, where the activation has one. */
function sides({ layers, input }: Network, nudges: readonly Matrix[]): string {
  return forward(layers, input, nudges)
    .filter((_, l) => activation(layers[l].activation).kink)
    .map(({ z }) => Array.from(z.data, (entry) => Number(entry > 0)).join(''))
    .join(' ')
}

/**
 * Compares every derivative with differences of the cost, moving one entry at a time: parameters, x, and a zero added
 * to z for δ.
 *
 * The step is h = 2⁻⁸. Truncation: the error left is h⁶/64 · f⁽⁷⁾/7!. Where the cost is analytic in a circle of radius
 * R around the entry, f⁽⁷⁾/7! <= max|C| / R⁷; with R >= 1/4 this is 2⁻⁵⁴ · 2¹⁴ max|C| = 1e-12 max|C|. Rounding: the
 * cost is a sum of some tens of terms, right to 50 u = 5e-15, and the extrapolation multiplies that by (64/45 · 4 +
 * ...)/h < 7/h = 1800: 1e-11 max|C|. So 1e-9 max(1, C) leaves a factor of 100.
 */
export function compareWithDifferences(
  network: Network,
  claimed: Backpropagation = backpropagate(network),
): Comparison {
  const nudges = claimed.layers.map(({ z }) => build(z.rows, z.columns, () => 0))
  const moved = [...namedArrays(network.layers.map((layer) => layer.parameters)), ['x', network.input.data] as const]
  const gradients = [...namedArrays(claimed.layers.map((layer) => layer.gradient)), ['x', claimed.input.data] as const]
  nudges.forEach((nudge, l) => {
    moved.push([`δ${l + 1}`, nudge.data])
    gradients.push([`δ${l + 1}`, claimed.layers[l].delta.data])
  })
  const h = 2 ** -8
  const tolerance = 1e-9 * Math.max(1, cost(network))
  const home = sides(network, nudges)
  const wrong = new Set<string>()
  let [compared, skipped] = [0, 0]
  moved.forEach(([name, values], a) => {
    for (let e = 0; e < values.length; e++) {
      const unmoved = values[e]
      const withMoved = <T>(by: number, measure: () => T): T => {
        values[e] = unmoved + by
        const result = measure()
        values[e] = unmoved
        return result
      }
      if ([h, -h].some((by) => withMoved(by, () => sides(network, nudges)) !== home)) {
        skipped++
        continue
      }
      compared++
      const numeric = extrapolated((by) => withMoved(by, () => cost(network, nudges)), h)
      // Written so that NaN is wrong, too.
      if (!(Math.abs(numeric - gradients[a][1][e]) <= tolerance)) wrong.add(name)
    }
  })
  return { wrong: [...wrong], compared, skipped }
}
