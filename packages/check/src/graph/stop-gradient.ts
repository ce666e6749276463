import type { Graph, GraphNode, Origin } from '@cotangent/core'

const heldNodes = new WeakMap<Graph, ReadonlySet<number>>()

/**
 * Whether a node is constant by decree of the user: it holds a value back, and some path leads from it to a result of the function
 * itself. A value that only reaches results through a derivative rule, saved for it or computed in it, through however many ops, is
 * a mistake of that rule, to be found.
 */
export function isHeld(graph: Graph, at: number): boolean {
  let held = heldNodes.get(graph)
  if (held === undefined) heldNodes.set(graph, (held = findHeld(graph)))
  return held.has(at)
}

/** Takes what is held in the graph of a function to be held, at the same call, in the graph of its derivative, which may not need the value. */
export function inheritHeld(derivative: Graph, { nodes }: Graph, held: (at: number) => boolean): void {
  const calls = new Set(nodes.flatMap(({ site }, at) => (held(at) ? [site?.line] : [])))
  const own = findHeld(derivative)
  derivative.nodes.forEach((node, at) => {
    const line = node.site?.line
    if (isDecree(node) && line !== undefined && calls.has(line)) own.add(at)
  })
  heldNodes.set(derivative, own)
}

function findHeld({ nodes, outputs }: Graph): Set<number> {
  // Backwards, so that the users of each value are known: the positions from which a path leads to a value of the function.
  const counts = new Set(outputs)
  const held = new Set<number>()
  for (let at = nodes.length - 1; at >= 0; at--) {
    const { inputs, outputs: made, origin } = nodes[at]
    if (origin !== null) {
      // The rule of an op takes what the op was given: where that op is the user's own call, the value was used there.
      if (!isRuleOfCustom(origin)) inputs.forEach((input) => counts.add(input))
      continue
    }
    if (!made.some((position) => counts.has(position))) continue
    if (isDecree(nodes[at])) held.add(at)
    const own = declaredInputs(nodes[at])
    inputs.slice(0, own).forEach((input) => counts.add(input))
  }
  // A rule may hold back again what the function holds back.
  const sources = new Set([...held].flatMap((at) => nodes[at].inputs))
  nodes.forEach((node, at) => {
    if (isDecree(node) && sources.has(node.inputs[0])) held.add(at)
  })
  return held
}

/** Whether the user's own code holds a value back. */
function isDecree({ op, origin }: GraphNode): boolean {
  return op.law.kind === 'constant' && op.law.held === true && origin === null
}

/** Of a custom gradient the values and the arguments: what follows is saved for its rules. */
function declaredInputs({ op, attributes, inputs }: GraphNode): number {
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  return replaced === undefined ? inputs.length : replaced.values + replaced.parameters
}

function isRuleOfCustom(origin: Origin | null): boolean {
  for (let rule = origin; rule !== null; rule = rule.origin)
    if (rule.op.body.kind === 'region' && rule.op.body.replaces !== undefined) return true
  return false
}
