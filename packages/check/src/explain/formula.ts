import { applyAll, type Graph, type GraphNode, type Law, type Op, type Tensor, trace, vjp } from '@cotangent/core'
import { isFloat } from '../replay'

/** What a formula calls the inputs of an op: `x`; `a` and `b`; or `x₀`, `x₁`, ... */
export function inputNames(count: number): readonly string[] {
  if (count === 1) return ['x']
  if (count === 2) return ['a', 'b']
  return Array.from({ length: count }, (_, i) => `x${subscript(i)}`)
}

/** The name with the bar of a cotangent. */
export function barred(name: string): string {
  return `${name[0]}\u0304${name.slice(1)}`.normalize('NFC')
}

export function subscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '₀₁₂₃₄₅₆₇₈₉'[Number(digit)])
}

export function superscript(value: number): string {
  return String(value).replace(/\d/g, (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)])
}

/**
 * The derivative rule of an op as formulas, one for each input that gets a cotangent: `ā = ȳ ⊙ b`, with ȳ the cotangent of
 * the output y. They are not written anywhere: the law is run on symbolic tensors, and what it records is printed.
 */
export function ruleFormulas(op: Op, inputs: readonly Tensor[], attributes: unknown): readonly string[] {
  const law: Law = op.law
  if (law.kind === 'none') return [`no derivative: ${law.reason}`]
  const floats = inputs.flatMap((input, i) => (isFloat(input) ? [i] : []))
  if (law.kind === 'constant' || floats.length === 0) return ['constant: nothing flows back']
  const names = inputNames(inputs.length)
  const call = (...given: Tensor[]) =>
    applyAll(
      op,
      inputs.map((input, i) => given[floats.indexOf(i)] ?? input),
      attributes,
    ).filter(isFloat) as Tensor[]
  const xs = floats.map((i) => inputs[i])
  const like = call(...xs)
  const graph = trace((cotangents: Tensor[], ...given: Tensor[]) => vjp(call, ...given)[1](cotangents), like, ...xs)
  const outputs = like.length === 1 ? ['ȳ'] : like.map((_, i) => `ȳ${subscript(i)}`)
  const writer = new Writer(op, graph, [...outputs, ...floats.map((i) => names[i])], inputs, names)
  return graph.outputs.flatMap((position, k) => {
    const text = writer.write(position)
    return text === '0' ? [] : [`${barred(names[floats[k]])} = ${text}`]
  })
}

const longest = 160

class Writer {
  readonly #producers = new Map<number, GraphNode>()
  readonly #written = new Map<number, string>()

  constructor(
    private readonly own: Op,
    graph: Graph,
    names: readonly string[],
    inputs: readonly Tensor[],
    inputNames: readonly string[],
  ) {
    for (const node of graph.nodes) for (const position of node.outputs) this.#producers.set(position, node)
    graph.inputs.forEach((position, i) => this.#written.set(position, names[i]))
    for (const [position, constant] of graph.constants)
      this.#written.set(position, nameOfConstant(constant, inputs, inputNames))
  }

  write(position: number): string {
    const known = this.#written.get(position)
    if (known !== undefined) return known
    const text = this.#application(this.#producers.get(position)!, position)
    this.#written.set(position, text)
    return text
  }

  #application({ op, attributes, inputs, outputs, origin }: GraphNode, position: number): string {
    // Outside of every rule there is the op itself, and copies of cotangents that two inputs share.
    if (origin === null && op !== this.own) return this.write(inputs[0])
    if (origin === null) return outputs.length === 1 ? 'y' : `y${subscript(outputs.indexOf(position))}`
    const operands = inputs.map((input) => this.write(input))
    if (op.notation) {
      const text = op.notation(operands.map(grouped), attributes)
      if (text.length <= longest) return text
    }
    const text = `${op.name}(${[...operands, ...plainAttributes(attributes)].join(', ')})`
    return text.length <= longest ? text : `${op.name}(...)`
  }
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

function nameOfConstant(constant: Tensor, inputs: readonly Tensor[], names: readonly string[]): string {
  const own = inputs.indexOf(constant)
  if (own >= 0) return names[own]
  const { data } = constant
  return data.length > 0 && data.every((value) => value === data[0]) ? String(data[0]) : 'a constant'
}

function plainAttributes(attributes: unknown): string[] {
  return Object.entries((attributes ?? {}) as Record<string, unknown>)
    .filter(([name, value]) => typeof value !== 'function' && name !== 'graphs' && value !== undefined)
    .map(([name, value]) => `${name}: ${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`)
}
