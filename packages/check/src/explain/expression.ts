import type { GraphNode } from '@cotangent/core'

/** Longer than this a formula explains nothing. */
const longest = 160

/**
 * What computes the value at a position, as a formula of the positions that have names: ops write themselves by their `notation`,
 * or as calls of their names.
 */
export function writeExpression(
  nodes: readonly GraphNode[],
  names: ReadonlyMap<number, string>,
  position: number,
): string {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const written = new Map(names)
  const write = (at: number): string => {
    const known = written.get(at)
    if (known !== undefined) return known
    const node = producers.get(at)
    const text = node === undefined ? `%${at}` : writeApplication(node, operandsOf(node).map(write))
    written.set(at, text)
    return text
  }
  return write(position)
}

/** The inputs that a formula shows: where the op only gives a new derivative to values, those that they were computed from. */
function operandsOf({ op, inputs, attributes }: GraphNode): readonly number[] {
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  return replaced === undefined ? inputs : inputs.slice(replaced.values, replaced.values + replaced.parameters)
}

/** An application of an op to operands that are written already, by its notation. */
function writeApplication(application: Pick<GraphNode, 'op' | 'attributes'>, operands: readonly string[]): string {
  const { op, attributes } = application
  if (op.notation) {
    const text = op.notation(operands.map(grouped), attributes)
    if (text.length <= longest) return text
  }
  const text = writeCall(application, operands)
  return text.length <= longest ? text : `${op.name}(...)`
}

/** An application of an op as a call of its name: `sum(%2, axes: [0])`. */
export function writeCall(
  { op, attributes }: Pick<GraphNode, 'op' | 'attributes'>,
  operands: readonly string[],
): string {
  // What a custom gradient keeps for itself says nothing about its value.
  const isReplacing = op.body.kind === 'region' && op.body.replaces !== undefined
  return `${op.name}(${[...operands, ...(isReplacing ? [] : plainAttributes(attributes))].join(', ')})`
}

/** An operand in parentheses, unless it is one word or one call. */
function grouped(operand: string): string {
  let depth = 0
  const isCompound = [...operand].some((character) => {
    if (character === '(' || character === '[') depth++
    if (character === ')' || character === ']') depth--
    return character === ' ' && depth === 0
  })
  return isCompound || operand.startsWith('-') ? `(${operand})` : operand
}

function plainAttributes(attributes: unknown): string[] {
  const entries = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : []
  return entries
    .filter(([name, value]) => typeof value !== 'function' && name !== 'graphs' && value !== undefined)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`)
}
