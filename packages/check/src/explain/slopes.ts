import type { Graph, Tensor } from '@cotangent/core'
import { roundingError, slope } from '../numeric/differences'
import { float64, runNodes, type Values, widened } from '../graph/evaluate'
import { judge } from '../numeric/verdict'

/** Larger activations are taken at their word. */
const largest = 2 ** 15
const tolerance = 1e-6

/** What differences say of the derivative that autodiff gives an activation. */
export interface Slopes {
  /** σ'(z): what autodiff gives, but at entries that the differences refute what they give. */
  readonly value: Tensor
  /** How many entries they refute. */
  readonly refuted: number
  /** How many entries they were taken at. */
  readonly compared: number
}

/**
 * σ'(z) for elementwise σ, given as nodes of a graph, held against differences of the values of σ in float64. All entries share
 * their steps, so that the nodes are run once for each step whatever the size of z.
 *
 * @param values float64 values of the whole graph.
 * @param own σ'(z) by the rules.
 */
export function slopesOf(
  graph: Graph,
  values: Values,
  from: { readonly z: number; readonly a: number; readonly nodes: readonly number[] },
  own: Tensor,
): Slopes {
  if (own.size > largest) return { value: own, refuted: 0, compared: 0 }
  const start = values[from.z]!.data as Float64Array
  const computed = new Map<number, Float64Array>()
  const at = (t: number): Float64Array => {
    let found = computed.get(t)
    if (found === undefined) {
      const moved = [...values]
      moved[from.z] = float64(
        start.map((z) => z + t),
        values[from.z]!.shape,
      )
      found = widened(runNodes(graph, moved, { only: from.nodes, base: values, wide: true })[from.a]!)
        .data as Float64Array
      computed.set(t, found)
    }
    return found
  }
  const judged = Array.from(own.data, (got, i) => {
    const f = (t: number) => at(t)[i]
    const rounded = roundingError(f, 1)
    // z + t is rounded as well.
    const absolute = rounded.absolute + 2 ** -52 * Math.abs(start[i] * got) + 2 ** -60
    const found = slope(f, 1, { absolute, relative: rounded.relative }, 0)
    return judge(got, found, Math.abs(got), tolerance).verdict === 'fail' ? found.value : got
  })
  const refuted = judged.filter((value, i) => value !== own.data[i] && !Number.isNaN(value)).length
  const value = float64(Float64Array.from(judged), own.shape).astype(own.dtype)
  return { value: refuted === 0 ? own : value, refuted, compared: own.size }
}
