import { TraceError } from '../errors'
import type { Graph, GraphNode } from '../trace/graph'
import { plainAttributes } from '../trace/print'
import { subgraphs } from '../trace/subgraphs'
import { formatType } from '../values/printing'
import { formatIndex } from '../values/shape'
import { Tensor } from '../values/tensor'
import { argumentWritten } from '../values/copies'
import { flatten, formatPath } from '../values/tree'
import { describeValue, differenceOf } from './difference'
import type { Matcher } from './signature'

/**
 * Throws unless a second trace of a function gives the graph of the first, with equal constants: else the function depends on
 * something besides its arguments, and its program is right for the first call alone.
 *
 * @throws TraceError that names the first node or constant that differs.
 */
export function rejectDifferent(name: string, first: Graph, second: Graph): void {
  const counts = [first.nodes.length, second.nodes.length]
  const lengths = counts[0] === counts[1] ? '' : `the number of its ops was ${counts[0]} and is now ${counts[1]}; `
  for (let at = 0; at < Math.max(...counts); at++) {
    const [before, now] = [first.nodes[at], second.nodes[at]] as (GraphNode | undefined)[]
    const [was, is] = [describe(first, before), describe(second, now)]
    if (was !== is) throw differs(name, `${lengths}op ${at} was ${was} and is now ${is}${lineOf(now ?? before)}`)
    subgraphs(before!).forEach((graph, i) => rejectDifferent(name, graph, subgraphs(now!)[i]))
  }
  rejectOtherResult(name, first, second)
  for (const [position, before] of first.constants) {
    const now = second.constants.get(position)
    const what = now === undefined ? `${String(before)} and is gone` : changed(before, now)
    if (what !== null) {
      const user = first.nodes.find(({ inputs }) => inputs.includes(position))
      throw differs(name, `a captured constant was ${what}${lineOf(user)}`)
    }
  }
}

/**
 * Throws where a function that was traced has changed something in its arguments that is not a tensor: the program will not do
 * so again, and what is not a tensor is a part of its signature.
 */
export function rejectWritten(args: readonly unknown[], given: readonly unknown[], matches: Matcher): void {
  if (matches(given, [])) return
  const path = differenceOf(args, given)?.path
  throw argumentWritten('compile', path ? formatPath(['args', ...path]) : 'an argument')
}

/** What is returned beside tensors is part of the program, and the same at every call; instances may be new ones with equal fields. */
function rejectOtherResult(name: string, first: Graph, second: Graph): void {
  const [was, is] = [resultOf(first), resultOf(second)]
  const difference = differenceOf(was, is, true)
  if (difference !== null) {
    const place = formatPath(['result', ...difference.path])
    const [before, now] = [describeValue(difference.was), describeValue(difference.is)]
    const advice =
      'What is returned beside tensors is the same at every call: return plain data, or make it once, outside of the function'
    throw differs(name, `${place} was ${before} and is now ${before === now ? 'another one' : now}`, advice)
  }
  const at = first.outputs.findIndex((output, i) => output !== second.outputs[i])
  if (at < 0) return
  const place = formatPath(['result', ...flatten(was).paths[at]])
  throw differs(
    name,
    `${place} was ${source(first, first.outputs[at])} and is now ${source(second, second.outputs[at])}`,
  )
}

/** The tree that the function returned, with symbolic tensors in it. */
function resultOf(graph: Graph): unknown {
  return graph.assemble(
    graph.outputs.map((output) => new Tensor(graph.values[output].shape, graph.values[output].dtype, null)),
  )
}

function source(graph: Graph, output: number): string {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(output))
  return node === undefined ? `%${output}` : describe(graph, node)
}

const purity =
  'A compiled function depends on its arguments alone: pass what changes as an argument (a tensor, so that it is not part of ' +
  'the signature), or give { retrace: false } if the first graph is meant to stay'

function differs(name: string, what: string, advice = purity): TraceError {
  return new TraceError(
    'retrace-differs',
    `[compile] ${name} is not the same function when it is traced again: ${what}. ${advice}`,
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

/** How a constant changed; null where it did not. */
function changed(before: Tensor, now: Tensor): string | null {
  const [x, y] = [before.values, now.values]
  if (x === null || y === null || x.length !== y.length)
    return x === y ? null : `${String(before)} and is now ${String(now)}`
  for (let i = 0; i < x.length; i++)
    if (!Object.is(x[i], y[i])) {
      const place = x.length === 1 ? '' : `, first different at ${formatIndex(i, before.shape)}: ${x[i]} and ${y[i]}`
      return `${String(before)} and is now ${String(now)}${place}`
    }
  return null
}
