import { key, permutation, split } from '@cotangent/core'
import { batchOf, type TrainAndTest } from './dataset'
import { drawTrainAndTest } from './draw-digits'
import { printable, RunError } from './errors'
import { evaluate } from './evaluate'
import { checkGradient, countParameters } from './gradient-check'
import { loadFolder } from './mnist'
import { makeNetwork, sizesOf } from './network'
import { defaultEpochs, type Options } from './options'
import { makeProgress, type Output, type Progress } from './progress'
import { accuracyText, confusionLines, gradientLines, mistakeLines } from './report'
import { penaltyOf, stepsPerEpoch, train, type Training } from './train'

const momentum = 0.9

/**
 * The whole lesson: data, training, the gradient check, and what the network learned. `onProgress` gets the display,
 * so that an interrupt can end it.
 */
export async function run(options: Options, output: Output, onProgress: (progress: Progress) => void): Promise<void> {
  const print = (...lines: string[]) => void output.write(lines.map((line) => `${line}\n`).join(''))
  const [dataKey, networkKey, orderKey, checkKey] = split(key(options.seed), 4)
  const data = options.data === undefined ? drawTrainAndTest(dataKey) : loadFolder(options.data, dataKey)
  const { train: examples, test } = data
  const count = examples.labels.length
  const training: Training = { ...options, epochs: options.epochs ?? defaultEpochs(count), momentum }
  const sizes = sizesOf(examples.rows * examples.columns, options.hidden)
  const start = makeNetwork(networkKey, sizes)
  print(describeData(options, data), ...describeTraining(sizes, countParameters(start), options.seed, training), '')

  const steps = stepsPerEpoch(count, training) * training.epochs
  const progress = makeProgress(output, { epochs: training.epochs, steps })
  onProgress(progress)
  const began = performance.now()
  const network = await train(start, examples, orderKey, training, (moment) => progress.show(moment)).finally(() =>
    progress.stop(),
  )
  print(`trained in ${((performance.now() - began) / 1000).toFixed(1)} s`, '')

  const [sampleKey, entryKey] = split(checkKey)
  const sample = permutation(sampleKey, count).data.subarray(0, Math.min(training.batch, 64))
  const check = checkGradient(network, batchOf(examples, sample), penaltyOf(count, training), entryKey)
  print(...gradientLines(check), '')

  const [learned, tested] = [await evaluate(network, examples), await evaluate(network, test)]
  print(`accuracy: ${accuracyText('train', learned)}, ${accuracyText('test', tested)}`, '')
  print('digits of the test set, and what they were taken for', ...confusionLines(tested.confusion), '')
  if (tested.mistakes.length > 0)
    print('the surest mistakes (output of the network)', '', ...mistakeLines(test, tested.mistakes))
  if (check.agrees === false) throw new RunError('the gradients differ by more than rounding explains: see the table')
}

function describeData({ data }: Options, { train, test }: TrainAndTest): string {
  const from = data === undefined ? 'drawn digits' : `digits from ${printable(data)}`
  return `${from}: ${train.labels.length} to train on, ${test.labels.length} to test on, ${train.rows} x ${train.columns} pixels`
}

function describeTraining(sizes: readonly number[], parameters: number, seed: number, training: Training): string[] {
  const { epochs, batch, learningRate, lambda } = training
  return [
    `network ${sizes.join('-')}, all sigmoid, ${parameters} parameters, log-loss with L2 (lambda ${lambda})`,
    `${epochs} epochs in batches of ${batch}, learning rate ${learningRate}, momentum ${momentum}, seed ${seed}`,
  ]
}
