// Writes ONNX models, their inputs and the outputs that Cotangent computes into a folder, for check_onnx.py.
// usage: write-onnx.ts FOLDER [all | special]
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Graph, Tensor } from '@cotangent/core'
import { lower } from '@cotangent/core/internal'
import { toONNX } from '@cotangent/export'
import { toSafetensors } from '@cotangent/io'
import { operatorOf } from '../../packages/export/src/onnx/target/functions'
import { addsUp, anyWork } from './any-work'
import { specialCases } from './special-cases'
import { exportedCases } from './stablehlo-cases'

const [folder, extent = 'some'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
/** Each tensor once, because a file of safetensors has no place for a second name. */
const names = new Map<Tensor, string>()
const nameOf = (x: Tensor) => {
  if (!names.has(x)) names.set(x, String(names.size))
  return names.get(x)!
}
const cases: object[] = []
const refused: Record<string, number> = {}

/** Whether ONNX Runtime adds floats in an order of its own, or computes a named function. */
const rounds = (graph: Graph) =>
  anyWork(
    lower(graph),
    (definition, dtype) =>
      addsUp(definition, dtype) ||
      (definition.kind === 'map' &&
        definition.program.instructions.some(
          (step) => step.name === 'call' && operatorOf(step.function, step.dtype) !== null,
        )),
  )

function* allCases() {
  if (extent !== 'special') yield* exportedCases(extent as 'some')
  yield* specialCases()
}

for (const { subject, what, graph, inputs } of allCases()) {
  let model: Uint8Array
  try {
    model = toONNX(graph)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    if (code === undefined) throw new Error(`${subject} ${what}: ${message}`, { cause: error })
    const key = `${code}: ${message.slice(0, 60)}`
    refused[key] = (refused[key] ?? 0) + 1
    continue
  }
  const number = cases.length
  writeFileSync(join(folder, `${number}.onnx`), model)
  const outputs = graph.evaluate(inputs)
  const isElementwise = subject.startsWith('special ')
  const isExact = !rounds(graph)
  cases.push({ subject, what, inputs: inputs.map(nameOf), outputs: outputs.map(nameOf), isExact, isElementwise })
}

writeFileSync(
  join(folder, 'tensors.safetensors'),
  toSafetensors(Object.fromEntries([...names].map(([x, name]) => [name, x]))),
)
writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases, null, 1))
console.log(`${cases.length} models`, refused)
