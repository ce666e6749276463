// Writes modules, their inputs and the outputs that Cotangent computes into a folder, for check_stablehlo.py.
// usage: write-stablehlo.ts FOLDER [all]
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor } from '@cotangent/core'
import { lower, type NestedIr } from '@cotangent/core/internal'
import { toSafetensors } from '@cotangent/io'
import { writeStableHLO } from '../../packages/export/src/stablehlo/to-stablehlo'
import { copied } from '../../packages/check/src/arguments'
import { exportedCases } from './stablehlo-cases'

const [folder, extent = 'some'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const tensors: Record<string, Tensor> = {}
const cases: object[] = []
const refused: Record<string, number> = {}

/** Whether floats are added up in an order that another machine may change. */
function addsUp({ values }: NestedIr): boolean {
  return values.some(({ definition, dtype }) => {
    const isFloat = dtype === 'float32' || dtype === 'float64'
    switch (definition.kind) {
      case 'reduce':
      case 'accumulate':
        return isFloat && (definition.combine === 'sum' || definition.combine === 'product')
      case 'contract':
      case 'factor':
        return isFloat
      case 'move':
        return isFloat && definition.parts.some(({ adds }) => adds)
      case 'region':
        return definition.convolution !== undefined || definition.bodies.some(addsUp)
      case 'repeat':
      case 'choose':
        return definition.bodies.some(addsUp)
      default:
        return false
    }
  })
}

for (const { subject, what, graph, inputs } of exportedCases(extent as 'some')) {
  const number = String(cases.length)
  let text: string
  let expanded: string
  try {
    text = writeStableHLO(graph, { name: 'm' }).text
    expanded = writeStableHLO(graph, { name: 'm', expand: true }).text
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
  cases.push({ subject, what, inputs: inputs.length, outputs: outputs.length, isExact: !addsUp(lower(graph)) })
}

const bytes = toSafetensors(tensors)
writeFileSync(join(folder, 'tensors.safetensors'), bytes as Uint8Array)
writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases, null, 1))
console.log(`${cases.length} modules`, refused)
