// Bundles that cannot be made or written, for the table of errors.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argmax, tensor, type Tensor, trace, zeros } from '@cotangent/core'
import { exportFunction, exportTraining } from '@cotangent/export'

const w: Tensor = tensor([1, 2])
const start = { model: { w }, state: { n: tensor(0) as Tensor }, batch: [zeros([4]) as Tensor] }
const exporting = (step: (model: any, state: any, x: Tensor) => unknown, options: object = {}) =>
  exportTraining(step as never, { ...start, ...options } as never)
const right = (model: any, state: any) => [model.w.sum(), model, state]

/** Writes a bundle to a folder that `prepare` gets; errors do not show where it lies. */
async function writing(prepare: (around: string) => string): Promise<void> {
  const around = mkdtempSync(join(tmpdir(), 'cotangent-errors-'))
  try {
    await exporting(right).write(prepare(around))
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(around, 'around').replaceAll('\\', '/')
    throw error
  } finally {
    rmSync(around, { recursive: true, force: true })
  }
}

async function withoutFiles(): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(process, 'getBuiltinModule')!
  Object.defineProperty(process, 'getBuiltinModule', { value: undefined, configurable: true })
  try {
    await exporting(right).write('bundle')
  } finally {
    Object.defineProperty(process, 'getBuiltinModule', before)
  }
}

export const badBundles: Readonly<Record<string, () => unknown>> = {
  'exportTraining of a gradient': () => exporting(({ w: each }) => each.mul(2)),
  'exportTraining of a step without a loss': () => exporting((model, state) => [model, state, {}]),
  'exportTraining of a step that returns a part of the model': () => exporting(({ w: each }, s) => [each.sum(), {}, s]),
  'exportTraining of a step that returns more state': () =>
    exporting((m, s) => [m.w.sum(), m, { ...s, previous: m.w }]),
  'exportTraining of a step that returns another dtype': () =>
    exporting((m, s) => [m.w.sum(), m, { n: s.n.astype('float64') }]),
  'exportTraining of a step that returns another shape': () => exporting((m, s) => [m.w.sum(), { w: m.w.sum() }, s]),
  'exportTraining of a step that splits a shared tensor': () =>
    exporting((m, s) => [m.a.sum(), { a: m.a.mul(2), b: m.b.mul(2) }, s], { model: { a: w, b: w } }),
  'exportTraining of a step that counts in a number': () =>
    exporting((m, s) => [m.w.sum(), m, { ...s, count: s.count + 1 }], { state: { n: w, count: 0 } }),
  'exportTraining of a step with a number as a metric': () => exporting((m, s) => [m.w.sum(), m, s, { rate: 0.1 }]),
  'exportTraining of a model without tensors': () => exporting(right, { model: { rate: 0.1 } }),
  'exportTraining without examples': () => exporting(right, { batch: { rate: tensor(1) } }),
  'exportTraining of two batch tensors of one name': () =>
    exporting(right, { batch: { 'a.b': w, a: { b: tensor([1, 2]) } } }),
  'exportTraining of a batch tensor without a name': () => exporting(right, { batch: { '': w } }),
  'exportTraining with a sharding that matches nothing': () =>
    exporting(right, { shardings: { 'layers.*.weight': 'data' } }),
  'exportTraining inside of a trace': () => trace((x: Tensor) => (exporting(right, { model: { w: x } }), x), w),
  'exportFunction that captures a traced tensor': () =>
    trace((x: Tensor) => (exportFunction((y: Tensor) => y.mul(x), [w]), x), w),
  'exportFunction of a function without a derivative': () => exportFunction((x: Tensor) => argmax(x), [w]),
  'a bundle in a folder of other files': () =>
    writing((around) => (writeFileSync(join(around, 'thesis.txt'), ''), around)),
  'a bundle in a folder that is not there': () => writing((around) => join(around, 'none', 'bundle')),
  'a bundle where there are no files': withoutFiles,
}
