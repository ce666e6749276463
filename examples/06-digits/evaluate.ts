import { concat, type Tensor } from '@cotangent/core'
import { batches } from '@cotangent/data'
import { confusionMatrix } from '@cotangent/nn'
import { setImmediate } from 'node:timers/promises'
import { classes, type Dataset, labelsOf, sizeOf } from './dataset'
import type { Network } from './network'

/** The answers of a network for the images of a set. */
export interface Evaluation {
  /** Number of images that it read correctly. */
  readonly right: number
  readonly count: number
  /** `confusion[actual][said]`. */
  readonly confusion: readonly (readonly number[])[]
  /** The images that it misread, the most confident mistake first. */
  readonly mistakes: readonly Mistake[]
}

/** A misread image. */
export interface Mistake {
  /** Position in the set. */
  readonly position: number
  readonly actual: number
  readonly said: number
  /** The output for the digit that the network said. */
  readonly probability: number
}

/** Runs a network on all images of a set, a thousand at a time, so that Ctrl-C is handled in between. */
export async function evaluate(network: Network, set: Dataset): Promise<Evaluation> {
  const parts: Tensor[] = []
  for (const { x } of batches(set, { size: 1000 })) {
    parts.push(network.forward(x))
    await setImmediate()
  }
  const outputs = concat(parts)
  const confusion = confusionMatrix(outputs, set.y, classes).toArray<number>()
  const mistakes = findMistakes(outputs.data, labelsOf(set).data)
  const count = sizeOf(set)
  return { right: count - mistakes.length, count, confusion, mistakes }
}

function findMistakes(outputs: ArrayLike<number>, labels: Tensor['data']): Mistake[] {
  const mistakes: Mistake[] = []
  for (const [position, actual] of labels.entries()) {
    let said = 0
    for (let digit = 1; digit < classes; digit++)
      if (outputs[position * classes + digit] > outputs[position * classes + said]) said = digit
    if (said !== actual) mistakes.push({ position, actual, said, probability: outputs[position * classes + said] })
  }
  return mistakes.sort((a, b) => b.probability - a.probability || a.position - b.position)
}
