// Writes modules, their inputs and the outputs that Cotangent computes into a folder, for check_stablehlo.py.
// usage: write-stablehlo.ts FOLDER [some | all] [SUBJECT]
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Graph, tensor, type Tensor } from '@cotangent/core'
import { lower } from '@cotangent/core/internal'
import { toSafetensors } from '@cotangent/io'
import { writeStableHLO } from '../../packages/export/src/stablehlo/to-stablehlo'
import { copied } from '../../packages/check/src/arguments'
import { numbersFrom } from '../../packages/check/src/numeric/random'
import { addsUp, anyWork } from './any-work'
import { exportedCases } from './stablehlo-cases'

const [folder, extent = 'some', only] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const tensors: Record<string, Tensor> = {}
const cases: object[] = []
const refused: Record<string, number> = {}

/** Whether floats are added up in an order that another machine may change. */
const rounds = (graph: Graph) =>
  anyWork(
    lower(graph),
    (definition, dtype) =>
      addsUp(definition, dtype) ||
      (definition.kind === 'accumulate' &&
        (dtype === 'float32' || dtype === 'float64') &&
        (definition.combine === 'sum' || definition.combine === 'product')),
  )

const isFloat = ({ dtype }: Tensor) => dtype === 'float32' || dtype === 'float64'

/**
 * How far rounding can move each output, by experiment: the largest change where every input and every value on the way
 * has a random relative error of up to four units of the last place, which is more than any function of XLA has. Sums
 * whose terms cancel, and whatever else multiplies errors, show in it.
 */
function spreadOf(graph: Graph, inputs: readonly Tensor[], outputs: readonly Tensor[]): number[] {
  const random = numbersFrom(1)
  const spread = outputs.map(() => 0)
  for (let trial = 0; trial < 4; trial++) {
    const noisy = (x: Tensor): Tensor => {
      if (!isFloat(x)) return x
      const unit = x.dtype === 'float32' ? 2 ** -23 : 2 ** -52
      const data = Float64Array.from(x.data, (value) => value * (1 + 8 * unit * (random() - 0.5)))
      return tensor(data, { shape: [...(x.shape as number[])] }).astype(x.dtype) as Tensor
    }
    const values = new Map<number, Tensor>(graph.constants)
    graph.inputs.forEach((at, i) => values.set(at, noisy(inputs[i])))
    graph.nodes.forEach(({ inputs, outputs }, at) => {
      const results = graph.apply(
        at,
        inputs.map((input) => values.get(input)!),
      )
      outputs.forEach((output, i) => values.set(output, noisy(results[i])))
    })
    outputs.forEach((output, i) => {
      const other = values.get(graph.outputs[i])!.data
      output.data.forEach((value: number, at: number) => {
        const distance = Math.abs(value - other[at])
        if (distance > spread[i] && distance < Infinity) spread[i] = distance
      })
    })
  }
  return spread
}

for (const { subject, what, graph, inputs } of exportedCases(extent as 'some', only)) {
  const number = String(cases.length)
  let text: string
  let expanded: string
  try {
    text = writeStableHLO(graph, { name: 'm' })
    expanded = writeStableHLO(graph, { name: 'm', expand: true })
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === undefined) throw new Error(`${subject} ${what}: ${message}`, { cause: error })
    const key = `${code}: ${message.slice(0, 60)}`
    refused[key] = (refused[key] ?? 0) + 1
    continue
  }
  const outputs = graph.evaluate(inputs).map(copied)
  writeFileSync(join(folder, `${number}.mlir`), text)
  writeFileSync(join(folder, `${number}.expanded.mlir`), expanded)
  inputs.forEach((input, i) => (tensors[`${number}.in.${i}`] = copied(input)))
  outputs.forEach((output, i) => (tensors[`${number}.out.${i}`] = output))
  const spread = spreadOf(graph, inputs, outputs)
  cases.push({ subject, what, inputs: inputs.length, outputs: outputs.length, spread, isExact: !rounds(graph) })
}

const bytes = toSafetensors(tensors)
writeFileSync(join(folder, 'tensors.safetensors'), bytes as Uint8Array)
writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases, null, 1))
console.log(`${cases.length} modules`, refused)
