import {
  applyAll,
  checkArguments,
  type Graph,
  type Kind,
  kinds,
  type Law,
  type Op,
  type Replacement,
  type Tensor,
  trace,
  vjp,
} from '@cotangent/core'
import { replacementOf } from '../graph/replacement'
import { anOp } from '../kinds'
import { floatingPositions, isFloating } from '../numeric/tensors'
import { writeExpression } from './expression'
import { barred, subscript } from './scripts'

/** The names of an op's inputs in a formula: `x`; `a` and `b`; or `x₀`, `x₁`, ... */
export function inputNames(count: number): readonly string[] {
  if (count === 1) return ['x']
  if (count === 2) return ['a', 'b']
  return Array.from({ length: count }, (_, i) => `x${subscript(i)}`)
}

/**
 * The derivative rule of an op, the library's or your own, as formulas: `ā += ȳ ⊙ b` for each input that gets a
 * cotangent, where ȳ is the cotangent of the output y. The law runs on symbolic tensors of the types of `inputs`, and
 * the formulas print what it records. An op without a derivative gives one line that says so.
 *
 * @throws whatever `op` throws where `inputs` or `attributes` do not fit it.
 */
export function ruleFormulas(op: Op, inputs: readonly Tensor[], attributes?: unknown): readonly string[] {
  const attributesOf: Kind = kinds.optional({ expected: 'attributes', accepts: () => true })
  checkArguments('ruleFormulas', [anOp, kinds.listOf(kinds.aTensor), attributesOf], arguments)
  const law: Law = op.law
  if (law.kind === 'none') return [`no derivative: ${law.reason}`]
  if (law.kind === 'constant') return [law.stopsGradient ? 'derivative zero, by stopGradient' : 'derivative zero']
  const floats = floatingPositions(inputs)
  if (floats.length === 0) return ['derivative zero: no input is floating point']
  const names = inputNames(inputs.length)
  const call = (...given: Tensor[]) =>
    applyAll(
      op,
      inputs.map((input, i) => given[floats.indexOf(i)] ?? input),
      attributes,
    ).filter(isFloating)
  const xs = floats.map((i) => inputs[i])
  const like = call(...xs)
  if (like.length === 0) return ['derivative zero: the result is not floating point']
  const graph = trace((cotangents: Tensor[], ...given: Tensor[]) => vjp(call, ...given)[1](cotangents), like, ...xs)
  const outputs = like.length === 1 ? ['ȳ'] : like.map((_, i) => `ȳ${subscript(i)}`)
  const known = namesIn(graph, op, [...outputs, ...floats.map((i) => names[i])], inputs, names)
  const formulas = graph.outputs.flatMap((position, k) => {
    const text = writeExpression(graph.nodes, known, position)
    return text === '0' ? [] : [`${barred(names[floats[k]])} += ${text}`]
  })
  const replaced = replacementOf({ op, attributes })
  const given = replaced ? [sourceOf(op, replaced)] : []
  return [...given, ...(formulas.length === 0 ? ['derivative zero'] : formulas)]
}

/** Says that a rule is the pullback of a custom gradient. */
function sourceOf({ name }: Op, { surrogate }: Replacement): string {
  return `the pullback given to customGradient '${name}'${surrogate ? ', a surrogate on purpose' : ''}:`
}

/** The names that a rule can use: its inputs, its constants, the outputs of the op. */
function namesIn(
  graph: Graph,
  own: Op,
  inputNames: readonly string[],
  inputs: readonly Tensor[],
  names: readonly string[],
): ReadonlyMap<number, string> {
  const known = new Map(graph.inputs.map((position, i) => [position, inputNames[i]]))
  for (const [position, constant] of graph.constants) known.set(position, nameOfConstant(constant, inputs, names))
  for (const { op, inputs, outputs, origin } of graph.nodes) {
    if (origin !== null) continue
    // Outside of every rule are only the op itself, and copies of cotangents that two inputs share.
    const name = (i: number) => (outputs.length === 1 ? 'y' : `y${subscript(i)}`)
    outputs.forEach((output, i) => known.set(output, op === own ? name(i) : (known.get(inputs[0]) ?? 'y')))
  }
  return known
}

function nameOfConstant(constant: Tensor, inputs: readonly Tensor[], names: readonly string[]): string {
  const own = inputs.indexOf(constant)
  if (own >= 0) return names[own]
  const { data } = constant
  return data.length > 0 && data.every((value) => value === data[0]) ? String(data[0]) : 'a constant'
}
