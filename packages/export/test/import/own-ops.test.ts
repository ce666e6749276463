import { type Tensor, vjp } from '@cotangent/core'
import { fromONNX, type OnnxModel, toONNX } from '@cotangent/export'
import { describe, expect, it } from 'vitest'
import { effort } from '../../../../test/effort'
import { type Exported, exportedCases } from '../../../../scripts/export/stablehlo-cases'
import { operators } from '../../src/import/ops'
import type { GraphProto } from '../../src/onnx/proto/messages'
import { graphIn } from '../onnx/decoded'

// Every op of the library, every function made of ops, and every program with loops and branches: exported, and read
// again. The reader states each operator by itself, from the specification of ONNX.

/** ONNX has nothing that keeps a derivative away. */
const withoutDerivative = new Set(['stopGradient'])

const cases = new Map<string, Exported[]>()
for (const each of exportedCases(effort > 1 ? 'some' : 'values'))
  cases.set(each.subject, [...(cases.get(each.subject) ?? []), each])

const operatorsIn = ({ node: nodes = [] }: GraphProto): string[] =>
  nodes.flatMap(({ op_type, attribute = [] }) => [op_type!, ...attribute.flatMap(({ g }) => (g ? operatorsIn(g) : []))])
const written = new Set<string>()

const isFloat = ({ dtype }: Tensor) => dtype.startsWith('float')

const resultsOf = ({ run, parameters, inputs, outputs }: OnnxModel, given: readonly Tensor[]): Tensor[] => {
  const found = run(parameters, Object.fromEntries(inputs.map(({ name }, i) => [name, given[i]])))
  return outputs.map(({ name }) => found[name])
}

/**
 * Equal bits, except in floats: convolutions and products add their terms in another order, at most 64 of them, in
 * pairs: 6 roundings on each side. Derivatives of functions that came as instructions lose up to 6 bits, where these
 * cancel.
 */
function expectNear(got: readonly Tensor[], want: readonly Tensor[], roundings = 16): void {
  expect(got.map(({ dtype, shape }) => [dtype, shape])).toEqual(want.map(({ dtype, shape }) => [dtype, shape]))
  want.forEach(({ data, dtype }, k) => {
    const unit = dtype === 'float32' ? 2 ** -24 : dtype === 'float64' ? 2 ** -53 : 0
    const largest = Math.max(0, ...Array.from(data, Math.abs).filter(Number.isFinite))
    const bound = roundings * unit * largest
    data.forEach((value, i) => {
      const found = got[k].data[i]
      const isNear = Object.is(found, value) || found === value || Math.abs(found - value) <= bound
      if (!isNear) expect.fail(`output ${k}, element ${i}: expected ${value}, got ${found}, bound ${bound}`)
    })
  })
}

/** The cotangents of the float inputs, for ones as those of the outputs. */
function gradients(f: (inputs: Tensor[]) => readonly Tensor[], inputs: readonly Tensor[]): readonly Tensor[] {
  const at = inputs.flatMap((input, i) => (isFloat(input) ? [i] : []))
  const given = (floats: readonly Tensor[]) =>
    inputs.map((input, i) => (at.includes(i) ? floats[at.indexOf(i)] : input))
  const [results, pull] = vjp((...floats: Tensor[]) => [...f(given(floats))], ...at.map((i) => inputs[i]))
  return [pull(results.map((result) => result.mul(0).add(1))) as Tensor | readonly Tensor[]].flat()
}

/** Its reverse mode keeps rows of a number that is known after the loop, inside of a trace. */
const ofUnknownSize = 'a loop until a bound in a loop'

describe('what toONNX writes, fromONNX reads', () => {
  it.each([...cases.keys()])('%s', (subject) => {
    for (const { what, graph, inputs } of cases.get(subject)!) {
      const bytes = toONNX(graph, { root: process.cwd() })
      for (const operator of operatorsIn(graphIn(bytes))) written.add(operator)
      const model = fromONNX(bytes)
      if (subject === ofUnknownSize && what === 'backward') {
        expect(() => resultsOf(model, inputs)).toThrow(/stacks as many rows as it takes steps/)
        continue
      }
      const want = graph.evaluate(inputs)
      expectNear(resultsOf(model, inputs), want)
      const hasGradient =
        what === 'value' && inputs.some(isFloat) && want.every(isFloat) && !withoutDerivative.has(subject)
      if (!hasGradient) continue
      const found = gradients((given) => resultsOf(model, given), inputs)
      expectNear(
        found,
        gradients((given) => graph.evaluate(given), inputs),
        64,
      )
    }
  })

  it('uses all operators that the writer knows', () => {
    expect([...written].filter((operator) => !Object.hasOwn(operators, operator))).toEqual([])
    expect(written.size).toBeGreaterThan(60)
  })
})
