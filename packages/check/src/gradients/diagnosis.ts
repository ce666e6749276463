import type { Graph, Tensor } from '@cotangent/core'
import type { NodeSubject } from '../graph/node-subject'
import { float64 } from '../numeric/tensors'
import { compareDerivatives } from './compare'
import type { Comparison, Effort, Finding } from './comparison-types'
import { patternOf } from './pattern'
import { listed } from './wording'

/** With more entries than this, they are not compared one by one to find a pattern. */
const mostEntries = 128

/** The pattern of what is wrong with an application, in words; undefined where no pattern shows. */
export function diagnosis(
  graph: Graph,
  at: number,
  subject: NodeSubject,
  { threw }: Comparison,
  random: () => number,
  tolerance: number,
): string | undefined {
  const { law } = graph.nodes[at].op
  if (law.kind === 'constant' && law.stopsGradient === true)
    return (
      'stopGradient in a derivative rule: what the rule computes from it has no derivative of its own, ' +
      'so order 2 misses it'
    )
  if (threw !== undefined) return undefined
  return diagnosisOf(subject, random, tolerance)
}

/** The pattern of what is wrong with any function of tensors whose derivative is wrong. */
export function diagnosisOf(
  subject: Omit<NodeSubject, 'positions'>,
  random: () => number,
  tolerance: number,
): string | undefined {
  const { inputs, labels } = subject
  if (inputs.reduce((sum, { size }) => sum + size, 0) > mostEntries) return undefined
  const effort: Effort = { tolerance, everyEntryUpTo: mostEntries, directions: 0, samples: 0, keep: true }
  const { entries, forwardIs, threw, failed } = compareDerivatives(subject, random, effort)
  if (threw !== undefined) return undefined
  const of = (input: number) => entries.filter((entry) => entry.input === input)
  const isRight = (input: number) => of(input).every(({ verdict }) => verdict === 'pass')
  const all = [...inputs.keys()]
  const right = all.filter(isRight)
  const wrong = all.filter((i) => of(i).some(({ verdict }) => verdict === 'fail'))
  const clauses: string[] = []
  if (failed === 0 && forwardIs === 'wrong') clauses.push('reverse mode is right, forward mode is wrong')
  if (failed > 0 && forwardIs === 'right') clauses.push('forward mode is right, reverse mode is wrong')
  const swapped = swappedOf(wrong, of, inputs)
  if (swapped !== undefined)
    clauses.push(`the cotangents of ${labels[swapped[0]]} and ${labels[swapped[1]]} are swapped`)
  else
    for (const input of wrong) {
      const pattern = patternOf(of(input), inputs[input])
      if (pattern !== undefined) clauses.push(wrong.length > 1 ? `${labels[input]}: ${pattern}` : pattern)
    }
  if (wrong.length > 0 && hasTies(inputs) && isRightApart(subject, random, tolerance))
    clauses.push('it is right where no two numbers are equal: the rule is wrong for ties')
  if (wrong.length > 0 && right.length > 0)
    clauses.push(`${listed(right.map((i) => labels[i]))} ${right.length === 1 ? 'is' : 'are'} right`)
  return clauses.length === 0 ? undefined : clauses.join('; ')
}

function swappedOf(
  wrong: readonly number[],
  of: (input: number) => readonly Finding[],
  inputs: readonly Tensor[],
): [number, number] | undefined {
  for (const i of wrong)
    for (const j of wrong)
      if (i < j && inputs[i].size === inputs[j].size && isOther(of(i), of(j)) && isOther(of(j), of(i))) return [i, j]
  return undefined
}

/** Whether the derivatives of one input are the expected derivatives of another. */
function isOther(these: readonly Finding[], others: readonly Finding[]): boolean {
  const size = Math.max(...others.map(({ expected }) => Math.abs(expected)))
  return these.every(({ got }, k) => Math.abs(got - others[k].expected) <= 1e-5 * size)
}

function hasTies(inputs: readonly Tensor[]): boolean {
  const numbers = inputs.flatMap(({ data }) => Array.from(data))
  return new Set(numbers).size < numbers.length
}

/** Whether the derivative is right at nearby numbers that are all different. */
function isRightApart(subject: Omit<NodeSubject, 'positions'>, random: () => number, tolerance: number): boolean {
  const inputs = subject.inputs.map(({ data, shape }) =>
    float64(
      Float64Array.from(data, (value) => value * (1 + 0.1 * random()) + 0.01 * random()),
      shape,
    ),
  )
  const effort: Effort = { tolerance, everyEntryUpTo: 24, directions: 1, samples: 0, enough: 1 }
  const { failed, passed, threw } = compareDerivatives({ ...subject, inputs }, random, effort)
  return threw === undefined && failed === 0 && passed > 0
}
