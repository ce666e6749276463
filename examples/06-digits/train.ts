import { argmax, compile, equal, type Key, sum } from '@cotangent/core'
import { batches } from '@cotangent/data'
import { adam, type Optimizer, sgd } from '@cotangent/optim'
import { setImmediate } from 'node:timers/promises'
import { type Batch, type Dataset, sizeOf } from './dataset'
import { RunError } from './errors'
import { differentiate, type Network, type Penalty } from './network'

/** The optimizers to choose from, each with its default learning rate. */
export const optimizers = {
  adam: { learningRate: 0.01, make: (learningRate: number): Optimizer => adam({ learningRate }) },
  sgd: { learningRate: 0.1, make: (learningRate: number): Optimizer => sgd({ learningRate, momentum: 0.9 }) },
}

/** Settings of a training run. */
export interface Training {
  readonly epochs: number
  readonly batch: number
  readonly optimizer: keyof typeof optimizers
  readonly learningRate: number
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

/** The penalty for a training set. */
export function penaltyOf(examples: Dataset, { lambda }: Pick<Training, 'lambda'>): Penalty {
  return { lambda, examples: sizeOf(examples) }
}

/** A step of training. `right` counts the images of the batch that the network reads right before the step. */
export function stepOf(optimizer: Optimizer, penalty: Penalty) {
  return (before: Network, stateBefore: ReturnType<Optimizer['init']>, batch: Batch) => {
    const { loss, output, gradient } = differentiate(before, batch, penalty)
    const [model, state] = optimizer.update(before, gradient, stateBefore)
    const right = sum(equal(argmax(output, { axis: 1 }), argmax(batch.y, { axis: 1 })))
    return { loss, model, state, metrics: { right } }
  }
}

/**
 * Trains in compiled steps, a batch each. Every epoch takes the examples in a new random order. Between steps other
 * events are handled, so that Ctrl-C ends training at once.
 *
 * @throws RunError if the loss is no longer finite.
 */
export async function train(
  network: Network,
  examples: Dataset,
  key: Key,
  training: Training,
  onStep: (moment: Moment, steps: number) => void,
): Promise<Network> {
  const { epochs, batch: size, optimizer: name, learningRate } = training
  const optimizer = optimizers[name].make(learningRate)
  let state = optimizer.init(network)
  const descend = compile(stepOf(optimizer, penaltyOf(examples, training)))
  const all = batches(examples, { size, shuffle: key, epochs })
  let [step, done, lossSum, right] = [0, 0, 0, 0]
  for (const batch of all) {
    const after = descend(network, state, batch)
    const epoch = Math.floor(step / all.perEpoch) + 1
    const loss = after.loss.item()
    if (!Number.isFinite(loss))
      throw new RunError(`the loss is no longer finite in epoch ${epoch}; try a smaller --learning-rate`)
    ;({ model: network, state } = after)
    done += sizeOf(batch)
    lossSum += loss * sizeOf(batch)
    right += after.metrics.right.item()
    const epochEnds = ++step % all.perEpoch === 0
    onStep({ step, epoch, loss: lossSum / done, accuracy: right / done, epochEnds }, epochs * all.perEpoch)
    if (epochEnds) [done, lossSum, right] = [0, 0, 0]
    await setImmediate()
  }
  return network
}
