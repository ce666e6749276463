import { concat, tensor, type Tensor } from '@cotangent/core'
import { confusionMatrix } from '@cotangent/nn'
import { setImmediate } from 'node:timers/promises'
import { batchOf, classes, type Dataset } from './dataset'
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

const chunk = 1000

/** Runs a network on all images of a set, a thousand at a time, so that Ctrl-C is handled in between. */
export async function evaluate(network: Network, set: Dataset): Promise<Evaluation> {
  const count = set.labels.length
  const parts: Tensor[] = []
  for (let from = 0; from < count; from += chunk) {
    const positions = Array.from({ length: Math.min(chunk, count - from) }, (_, i) => from + i)
    parts.push(network.forward(batchOf(set, positions).x))
    await setImmediate()
  }
  const outputs = concat(parts)
  const confusion = confusionMatrix(outputs, tensor(Int32Array.from(set.labels)), classes).toArray() as number[][]
  const mistakes = findMistakes(outputs.data, set.labels)
  return { right: count - mistakes.length, count, confusion, mistakes }
}

function findMistakes(outputs: ArrayLike<number>, labels: Uint8Array): Mistake[] {
  const mistakes: Mistake[] = []
  for (const [position, actual] of labels.entries()) {
    let said = 0
    for (let digit = 1; digit < classes; digit++)
      if (outputs[position * classes + digit] > outputs[position * classes + said]) said = digit
    if (said !== actual) mistakes.push({ position, actual, said, probability: outputs[position * classes + said] })
  }
  return mistakes.sort((a, b) => b.probability - a.probability || a.position - b.position)
}
