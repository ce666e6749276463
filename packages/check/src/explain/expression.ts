import type { GraphNode } from '@cotangent/core'
import { subscript } from './scripts'

/** What is longer, or stands at two places and is longer than the second, gets a name of its own. */
const [longest, longestTwice] = [60, 12]

/**
 * What computes the value at a position, as a formula of the positions that have names: ops write themselves by their `notation`,
 * or as calls of their names. What is long, or used twice, is written apart: `ȳ ⊙ t₁ with t₁ = ...`.
 */
export function writeExpression(
  nodes: readonly GraphNode[],
  names: ReadonlyMap<number, string>,
  position: number,
): string {
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)))
  const uses = usesBelow(producers, names, position)
  const written = new Map(names)
  const definitions: string[] = []
  const write = (at: number): string => {
    const known = written.get(at)
    if (known !== undefined) return known
    const node = producers.get(at)
    let text = node === undefined ? `%${at}` : writeApplication(node, operandsOf(node).map(write))
    if (at !== position && text.length > (uses.get(at)! > 1 ? longestTwice : longest)) {
      const name = `t${subscript(definitions.length + 1)}`
      definitions.push(`${name} = ${text}`)
      text = name
    }
    written.set(at, text)
    return text
  }
  const text = write(position)
  return definitions.length === 0 ? text : `${text} with ${definitions.join(', ')}`
}

/** How often each value without a name stands in the formula. */
function usesBelow(
  producers: ReadonlyMap<number, GraphNode>,
  names: ReadonlyMap<number, string>,
  position: number,
): ReadonlyMap<number, number> {
  const uses = new Map<number, number>()
  const pending = [position]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const before = uses.get(at) ?? 0
    uses.set(at, before + 1)
    const node = producers.get(at)
    if (before === 0 && node !== undefined && !names.has(at)) pending.push(...operandsOf(node))
  }
  return uses
}

/** The inputs that a formula shows: where the op only gives a new derivative to values, those that they were computed from. */
function operandsOf({ op, inputs, attributes }: GraphNode): readonly number[] {
  const replaced = op.body.kind === 'region' ? op.body.replaces?.(attributes) : undefined
  return replaced === undefined ? inputs : inputs.slice(replaced.values, replaced.values + replaced.parameters)
}

/** An application of an op to operands that are written already, by its notation. */
function writeApplication(application: Pick<GraphNode, 'op' | 'attributes'>, operands: readonly string[]): string {
  const { op, attributes } = application
  return op.notation?.(operands.map(grouped), attributes) ?? writeCall(application, operands)
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
