import type { Graph, Tensor } from '@cotangent/core'
import { runNodes, type Values } from '../graph/evaluate'
import { roundingError, slope } from '../numeric/differences'
import { float64, widened } from '../numeric/tensors'
import { judge } from '../numeric/verdict'

/** Larger activations are not compared. */
const largest = 2 ** 15
const tolerance = 1e-6

/** The derivative of an activation, compared with differences. */
export interface Slopes {
  /** σ'(z) by autodiff. Entries that the differences refute are replaced by the differences. */
  readonly value: Tensor
  /** How many entries the differences refute. */
  readonly refuted: number
}

/**
 * Compares σ'(z) with differences of the values of σ in float64, for an elementwise σ given as nodes of a graph. All
 * entries share their steps, so the nodes run once for each step whatever the size of z.
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
  if (own.size > largest) return { value: own, refuted: 0 }
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
  return { value: refuted === 0 ? own : value, refuted }
}
