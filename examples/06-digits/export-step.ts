// The step of training and its examples in a folder, for XLA: docs/many-machines.md goes on from here.

import { ExportError, exportTraining } from '@cotangent/export'
import { FileError, save } from '@cotangent/io'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Dataset, sizeOf } from './dataset'
import { InputError, printable, reason } from './errors'
import type { Network } from './network'
import { optimizers, penaltyOf, stepOf, type Training } from './train'

/**
 * Writes the step as a bundle, and the examples beside it. Returns lines that say what is where.
 *
 * @throws InputError if the folder cannot be written.
 */
export async function exportStep(
  model: Network,
  examples: Dataset,
  training: Training,
  folder: string,
): Promise<string[]> {
  const optimizer = optimizers[training.optimizer].make(training.learningRate)
  const size = Math.min(training.batch, sizeOf(examples))
  const { x, y } = examples
  const bundle = exportTraining(stepOf(optimizer, penaltyOf(examples, training)), {
    model,
    state: optimizer.init(model),
    batch: { x: x.slice([0, size]), y: y.slice([0, size]) },
  })
  const [step, data] = [join(folder, 'bundle'), join(folder, 'train.safetensors')]
  try {
    await mkdir(folder, { recursive: true })
    await bundle.write(step)
    await save({ x, y }, data)
  } catch (error) {
    if (error instanceof ExportError || error instanceof FileError) throw new InputError(error.message)
    if (error instanceof Error && 'code' in error) throw new InputError(`cannot write to ${folder}: ${reason(error)}`)
    throw error
  }
  return [
    `the step, for batches of ${size}: ${printable(step)}`,
    `the ${sizeOf(examples)} training examples: ${printable(data)}`,
  ]
}
