import type { Graph, GraphNode, Origin } from '@cotangent/core'
import { graphsWithin } from './bodies'
import { isCustomGradient, replacementOf } from './replacement'

const stopsOf = new WeakMap<Graph, ReadonlySet<number>>()

/**
 * Whether a node is a stop-gradient of the function: the user calls `stopGradient`, and a path leads from the node to a
 * result of the function itself. A stop-gradient whose value reaches results through a derivative rule alone is a
 * mistake of that rule, however many ops lie between.
 */
export function stopsGradient(graph: Graph, at: number): boolean {
  let stops = stopsOf.get(graph)
  if (stops === undefined) stopsOf.set(graph, (stops = findStops(graph)))
  return stops.has(at)
}

/**
 * Treats the stop-gradients of a function as stop-gradients in the graph of its derivative too. Nodes of the two graphs
 * match by call site. The graph of the derivative alone may not show it, because the derivative may not need the value.
 */
export function inheritStops(derivative: Graph, graph: Graph): void {
  const calls = new Set(
    graphsWithin(graph).flatMap((each) =>
      each.nodes.flatMap(({ site }, at) => (stopsGradient(each, at) ? [site?.line] : [])),
    ),
  )
  for (const each of graphsWithin(derivative)) {
    const stops = findStops(each)
    each.nodes.forEach((node, at) => {
      const line = node.site?.line
      if (isUserStop(node) && line !== undefined && calls.has(line)) stops.add(at)
    })
    stopsOf.set(each, stops)
  }
}

function findStops({ nodes, outputs }: Graph): Set<number> {
  // From the last node to the first, so that all users of a value come before it. `counts` holds the positions from
  // which a path leads to a value of the function.
  const counts = new Set(outputs)
  const stops = new Set<number>()
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs: made, origin } = nodes[at]
    if (origin !== null) {
      if (isUserStop(nodes[at]) && made.some((position) => counts.has(position))) stops.add(at)
      // The rule of an ordinary op reads the inputs of the op, which the function itself used.
      if (!isRuleOfCustom(origin)) inputs.forEach((input) => counts.add(input))
      continue
    }
    if (!made.some((position) => counts.has(position))) continue
    if (isUserStop(nodes[at])) stops.add(at)
    inputs.slice(0, declaredInputs(nodes[at])).forEach((input) => counts.add(input))
  }
  // A rule may stop the gradient of the same value again.
  const sources = new Set([...stops].flatMap((at) => nodes[at].inputs))
  nodes.forEach((node, at) => {
    if (isUserStop(node) && sources.has(node.inputs[0])) stops.add(at)
  })
  return stops
}

/** Whether the user's own code, and not a derivative rule, calls `stopGradient`. */
function isUserStop({ op, origin }: GraphNode): boolean {
  return op.law.kind === 'constant' && op.law.stopsGradient === true && isRepeated(origin)
}

/** Whether the function itself applied a node, or a region that runs it again for its derivative. */
function isRepeated(origin: Origin | null): boolean {
  return origin === null || (origin.op.law.kind === 'region' && isRepeated(origin.origin))
}

/**
 * How many inputs a node declares. The inputs of a custom gradient after its parameters are only saved for its rule.
 */
function declaredInputs(node: GraphNode): number {
  const replaced = replacementOf(node)
  return replaced === undefined ? node.inputs.length : replaced.values + replaced.parameters
}

function isRuleOfCustom(origin: Origin | null): boolean {
  for (let rule = origin; rule !== null; rule = rule.origin) if (isCustomGradient(rule.op)) return true
  return false
}
