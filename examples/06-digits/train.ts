import { argmax, compile, equal, type Key, permutation, split, sum } from '@cotangent/core'
import { sgd } from '@cotangent/optim'
import { setImmediate } from 'node:timers/promises'
import { type Batch, batchOf, type Dataset } from './dataset'
import { RunError } from './errors'
import { differentiate, type Network, type Penalty } from './network'

/** Settings of a training run. */
export interface Training {
  readonly epochs: number
  readonly batch: number
  readonly learningRate: number
  readonly momentum: number
  readonly lambda: number
}

/** State of training after a step. Loss and accuracy are means over the batches of the epoch so far. */
export interface Moment {
  readonly step: number
  readonly epoch: number
  readonly loss: number
  readonly accuracy: number
  /** The last step of its epoch. */
  readonly epochEnds: boolean
}

/** Steps in one pass over the examples; the last batch may be smaller. */
export function stepsPerEpoch(examples: number, { batch }: Pick<Training, 'batch'>): number {
  return Math.ceil(examples / batch)
}

/** The penalty for a training set of the given size. */
export function penaltyOf(examples: number, { lambda }: Pick<Training, 'lambda'>): Penalty {
  return { lambda, examples }
}

/**
 * Mini-batch gradient descent with momentum, in compiled steps. Every epoch takes the examples in a new random
 * order. Between steps other events are handled, so that Ctrl-C ends training at once.
 *
 * @throws RunError if the loss is no longer finite.
 */
export async function train(
  network: Network,
  examples: Dataset,
  key: Key,
  training: Training,
  onStep: (moment: Moment) => void,
): Promise<Network> {
  const { epochs, batch: batchSize, learningRate, momentum } = training
  const count = examples.labels.length
  const penalty = penaltyOf(count, training)
  const optimizer = sgd({ learningRate, momentum })
  let state: unknown = optimizer.init(network)
  const descend = compile((before: Network, stateBefore: unknown, batch: Batch) => {
    const { loss, output, gradient } = differentiate(before, batch, penalty)
    const [after, stateAfter] = optimizer.update(before, gradient, stateBefore)
    const right = sum(equal(argmax(output, { axis: 1 }), argmax(batch.y, { axis: 1 })))
    return { loss, right, network: after, state: stateAfter as unknown }
  })
  let step = 0
  let rest = key
  for (let epoch = 1; epoch <= epochs; epoch++) {
    let orderKey: Key
    ;[orderKey, rest] = split(rest)
    const order = permutation(orderKey, count).data
    let [lossSum, right] = [0, 0]
    for (let from = 0; from < count; from += batchSize) {
      const positions = order.subarray(from, from + batchSize)
      const batch = batchOf(examples, positions)
      const after = descend(network, state, batch)
      const loss = after.loss.item()
      if (!Number.isFinite(loss))
        throw new RunError(`the loss is no longer finite in epoch ${epoch}; try a smaller --learning-rate`)
      ;({ network, state } = after)
      const done = from + positions.length
      lossSum += loss * positions.length
      right += after.right.item()
      onStep({ step: ++step, epoch, loss: lossSum / done, accuracy: right / done, epochEnds: done === count })
      await setImmediate()
    }
  }
  return network
}
