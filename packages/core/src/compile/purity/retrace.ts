import { TraceError } from '../../errors'
import type { Body } from '../../kernels/work'
import type { Graph } from '../../graph/graph'
import type { GraphData, GraphNode } from '../../graph/graph-data'
import { plainAttributes } from '../../graph/print'
import { bodiesOf } from '../../graph/bodies'
import { formatType } from '../../values/printing'
import { formatIndex } from '../../values/shape'
import type { Tensor } from '../../values/tensor'
import { uniformValue } from '../../values/uniform'
import { argumentMutated } from '../../trees/mutation-guard'
import { formatPath } from '../../trees/places'
import { flattenFor } from '../../trees/tree'
import { describeValue, differenceOf } from './difference'
import { type Matcher, matcherOf } from './signature'

/** A traced function: its graph, its arguments and its result, with symbolic tensors. */
export interface Traced {
  readonly graph: Graph
  readonly given: readonly unknown[]
  readonly result: unknown
}

/**
 * Throws unless a second trace of a function gives the same graph, equal constants and an equal result. Otherwise
 * the function depends on something besides its arguments, and its program is right for the first call alone.
 *
 * @throws TraceError that names the first node or constant that differs.
 */
export function rejectDifferent(name: string, first: Traced, second: Traced): void {
  rejectOtherOps(name, first.graph, second.graph)
  rejectOtherResult(name, first, second)
  rejectOtherConstants(name, first.graph, second.graph)
}

function rejectOtherOps(name: string, first: GraphData, second: GraphData): void {
  const counts = [first.nodes.length, second.nodes.length]
  const lengths = counts[0] === counts[1] ? '' : `the number of its ops was ${counts[0]} and is now ${counts[1]}; `
  for (let at = 0; at < Math.max(...counts); at++) {
    const [before, now] = [first.nodes[at], second.nodes[at]] as (GraphNode | undefined)[]
    const [was, is] = [describe(first, before), describe(second, now)]
    if (was !== is) throw differs(name, `${lengths}op ${at} was ${was} and is now ${is}${lineOf(now ?? before)}`)
    if (!isSameOp(first, before!, now!))
      throw differs(name, `op ${at} was ${was} and is now another ${now!.op.name}${lineOf(now)}`)
    const others = bodiesOf(now!)
    bodiesOf(before!).forEach(({ graph }, i) => {
      const other = others[i].graph
      rejectOtherOps(name, graph, other)
      rejectOtherOutputs(name, graph, other, (output) => `output ${output} of ${before!.op.name}`)
      rejectOtherConstants(name, graph, other)
    })
  }
}

/**
 * Whether two applications that print alike compute the same: equal attributes, and one op or equal scalar programs.
 */
function isSameOp({ values }: GraphData, before: GraphNode, now: GraphNode): boolean {
  if (!matcherOf([comparable(before.attributes)], true)([comparable(now.attributes)], [])) return false
  const [was, is] = [before.op.body, now.op.body]
  if (before.op === now.op || was.kind !== 'map' || is.kind !== 'map') return true
  const types = before.inputs.map((input) => values[input])
  const programOf = (body: Body<unknown, 'map'>) => body.work(types, types[0], undefined).program
  return matcherOf([programOf(was)], true)([programOf(is)], [])
}

/** Attributes without functions and graphs. */
function comparable(attributes: unknown): unknown {
  return typeof attributes === 'object' ? plainAttributes(attributes) : attributes
}

function rejectOtherConstants(name: string, first: GraphData, second: GraphData): void {
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
 * Throws if a traced function has mutated something in its arguments that is not a tensor. The program would not do
 * so again, and the value is part of its signature.
 */
export function rejectMutated(args: readonly unknown[], given: readonly unknown[], matches: Matcher): void {
  if (matches(given, [])) return
  const path = differenceOf(args, given)?.path
  throw argumentMutated('compile', path ? formatPath(['args', ...path]) : 'an argument')
}

/**
 * Values beside the tensors of a result are part of the program and the same at every call. Instances may be new
 * ones with equal fields.
 */
function rejectOtherResult(name: string, first: Traced, second: Traced): void {
  const difference = differenceOf(first.result, second.result, true)
  if (difference !== null) {
    const place = formatPath(['result', ...difference.path])
    const [before, now] = [describeValue(difference.was), describeValue(difference.is)]
    const advice =
      'Values returned beside tensors must be the same at every call: return plain data, or make them once, outside the function'
    throw differs(name, `${place} was ${before} and is now ${before === now ? 'another one' : now}`, advice)
  }
  rejectOtherOutputs(name, first.graph, second.graph, (output) =>
    formatPath(['result', ...flattenFor('compile', first.result).paths[output]]),
  )
}

function rejectOtherOutputs(
  name: string,
  first: GraphData,
  second: GraphData,
  place: (output: number) => string,
): void {
  const at = first.outputs.findIndex((output, i) => output !== second.outputs[i])
  if (at < 0) return
  const [was, is] = [source(first, first.outputs[at]), source(second, second.outputs[at])]
  throw differs(name, `${place(at)} was ${was} and is now ${is}`)
}

function source(graph: GraphData, output: number): string {
  const node = graph.nodes.find(({ outputs }) => outputs.includes(output))
  return node === undefined ? `%${output}` : describe(graph, node)
}

const purity =
  'A compiled function must depend on its arguments alone: pass a changing value as an argument (as a tensor, to keep it out of ' +
  'the signature), or pass { retrace: false } to keep the first graph'

function differs(name: string, what: string, advice = purity): TraceError {
  return new TraceError('retrace-differs', `[compile] ${name} differs when it is traced again: ${what}. ${advice}`)
}

function describe({ values }: GraphData, node: GraphNode | undefined): string {
  if (node === undefined) return 'missing'
  const { op, attributes, inputs, outputs } = node
  const types = outputs.map((output) => formatType(values[output].dtype, values[output].shape)).join(', ')
  const plain = Object.entries(plainAttributes(attributes))
    .map(([key, value]) => `, ${key}: ${attributeText(value)}`)
    .join('')
  return `${op.name}(${inputs.map((input) => `%${input}`).join(', ')}${plain}): ${types}`
}

/** An attribute as text, if it can be printed. */
function attributeText(value: unknown): string {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? describeValue(value) : String(value)
}

function lineOf(node: GraphNode | undefined): string {
  const line = node?.site?.line
  return line === undefined ? '' : `, at ${line}`
}

/** Describes how a constant changed; null if it did not. */
function changed(before: Tensor, now: Tensor): string | null {
  const [known, again] = [uniformValue(before), uniformValue(now)]
  if (known !== undefined && Object.is(known, again) && before.size === now.size) return null
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
