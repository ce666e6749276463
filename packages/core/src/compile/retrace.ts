import { TraceError } from '../errors'
import type { Graph, GraphNode } from '../trace/graph'
import { plainAttributes } from '../trace/print'
import { subgraphs } from '../trace/subgraphs'
import { formatType } from '../values/printing'
import type { Tensor } from '../values/tensor'

/**
 * Throws unless a second trace of a function gives the graph of the first, with equal constants: else the function depends on
 * something besides its arguments, and its program is right for the first call alone.
 *
 * @throws TraceError that names the first node or constant that differs.
 */
export function rejectDifferent(name: string, first: Graph, second: Graph): void {
  const nodeCount = Math.max(first.nodes.length, second.nodes.length)
  for (let at = 0; at < nodeCount; at++) {
    const [before, now] = [first.nodes[at], second.nodes[at]] as (GraphNode | undefined)[]
    const [was, is] = [describe(first, before), describe(second, now)]
    if (was !== is) throw differs(name, `node ${at} was ${was} and is now ${is}${lineOf(now ?? before)}`)
    subgraphs(before!).forEach((graph, i) => rejectDifferent(name, graph, subgraphs(now!)[i]))
  }
  if (first.outputs.join() !== second.outputs.join())
    throw differs(name, `it returned %${first.outputs.join(', %')} and now returns %${second.outputs.join(', %')}`)
  for (const [position, before] of first.constants) {
    const now = second.constants.get(position)
    if (now === undefined || !sameElements(before, now)) {
      const user = first.nodes.find(({ inputs }) => inputs.includes(position))
      throw differs(name, `a captured constant was ${String(before)} and is now ${String(now)}${lineOf(user)}`)
    }
  }
}

function differs(name: string, what: string): TraceError {
  return new TraceError(
    'retrace-differs',
    `[compile] ${name} is not the same function at its second call: ${what}. ` +
      'A compiled function depends on its arguments alone: pass what changes as an argument (a tensor, so that it is not part of ' +
      'the signature), or give { retrace: false } if the first graph is meant to stay',
  )
}

function describe({ values }: Graph, node: GraphNode | undefined): string {
  if (node === undefined) return 'missing'
  const { op, attributes, inputs, outputs } = node
  const types = outputs.map((output) => formatType(values[output].dtype, values[output].shape)).join(', ')
  const plain =
    Object.keys(plainAttributes(attributes)).length > 0 ? `, ${JSON.stringify(plainAttributes(attributes))}` : ''
  return `${op.name}(${inputs.map((input) => `%${input}`).join(', ')}${plain}): ${types}`
}

function lineOf(node: GraphNode | undefined): string {
  const line = node?.site?.line
  return line === undefined ? '' : `, at ${line}`
}

function sameElements(a: Tensor, b: Tensor): boolean {
  const [x, y] = [a.values, b.values]
  if (x === null || y === null || x.length !== y.length) return x === y
  for (let i = 0; i < x.length; i++) if (!Object.is(x[i], y[i])) return false
  return true
}
