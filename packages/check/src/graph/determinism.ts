import type { Graph } from '@cotangent/core'
import { formatType } from '@cotangent/core/internal'
import { sameBits } from '../numeric/bits'

/**
 * How two graphs of one function differ, and the first node that does (-1 where no node reads it); null where they
 * agree.
 */
export function graphDifference(a: Graph, b: Graph): { detail: string; at: number } | null {
  const keyOf = ({ nodes, values }: Graph, at: number) => {
    const { op, inputs, outputs } = nodes[at] ?? { inputs: [], outputs: [] }
    const types = outputs.map((position) => formatType(values[position].dtype, values[position].shape))
    return `${op?.name} ${inputs.join()} ${types.join()}`
  }
  const odd = a.nodes.findIndex((_, at) => keyOf(a, at) !== keyOf(b, at))
  if (odd >= 0 || a.nodes.length !== b.nodes.length) {
    const name = (graph: Graph) => graph.nodes[odd]?.op.name ?? 'nothing'
    return {
      detail:
        'the function gives a different graph at each call, so it depends on more than its arguments: ' +
        `${name(a)} in one call, ${name(b)} in the next`,
      at: odd,
    }
  }
  const constants = [...b.constants.values()]
  const changed = [...a.constants].find(([, constant], i) => !sameBits(constant.data, constants[i].data))
  if (changed === undefined) return null
  const [position, { dtype, shape }] = changed
  return {
    detail:
      `the function uses a ${formatType(dtype, shape)} with other values at each call (drawn at random, or state?); ` +
      'pass it as an argument, or draw it from a key that is an argument',
    at: a.nodes.findIndex(({ inputs }) => inputs.includes(position)),
  }
}
