import type { GraphNode } from '@cotangent/core'
import { operandsOf } from '../graph/replacement'
import { writeCall } from '../graph/wording'
import { subscript } from './scripts'

/** A formula longer than the first gets a name of its own, or longer than the second where it occurs twice. */
const [longest, longestTwice] = [60, 12]

/**
 * The value at a position as a formula of the positions that have names. Each op is written by its `notation`, or as a
 * call of its name. A part that is long or occurs twice gets a name: `ȳ ⊙ t₁ with t₁ = ...`.
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

/** How often each value without a name occurs in the formula. */
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

/** An application of an op to operands that are written already, by its notation where it has one. */
function writeApplication(application: Pick<GraphNode, 'op' | 'attributes'>, operands: readonly string[]): string {
  const { op, attributes } = application
  return op.notation?.(operands.map(grouped), attributes) ?? writeCall(application, operands)
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
