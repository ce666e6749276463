import { key, splitKey, type Tensor } from '@cotangent/core'
import { batches } from '@cotangent/data'
import { Dense } from '@cotangent/nn'
import { sizeOf, type TrainAndTest } from './dataset'
import { drawTrainAndTest } from './draw-digits'
import { exportStep } from './export-step'
import { printable, RunError } from './errors'
import { evaluate } from './evaluate'
import { checkGradient, countParameters } from './gradient-check'
import { loadFolder } from './mnist'
import { makeConvolutional, makeNetwork, models, type Network, sizesOf } from './network'
import { checkTarget, loadNetwork, saveNetwork } from './network-files'
import { defaultEpochs, type Options } from './options'
import { makeProgress, type Output, type Progress } from './progress'
import { accuracyText, confusionLines, gradientLines, mistakeLines } from './report'
import { optimizers, penaltyOf, train, type Training } from './train'

/**
 * The whole lesson: data, training, the gradient check, and what the network learned. `onProgress` gets the display,
 * so that an interrupt can end it.
 */
export async function run(options: Options, output: Output, onProgress: (progress: Progress) => void): Promise<void> {
  const print = (...lines: string[]) => void output.write(lines.map((line) => `${line}\n`).join(''))
  const [dataKey, networkKey, orderKey, checkKey] = splitKey(key(options.seed), 4)
  if (options.save !== undefined) checkTarget(options.save)
  const data = options.data === undefined ? drawTrainAndTest(dataKey) : loadFolder(options.data, dataKey)
  const { train: examples, test } = data
  const hidden = options.hidden ?? models[options.model]
  const fresh =
    options.model === 'conv'
      ? makeConvolutional(networkKey, examples, hidden)
      : makeNetwork(networkKey, sizesOf(examples.x.shape[1], hidden))
  const start = options.load === undefined ? fresh : await loadNetwork(options.load, fresh)
  const training = trainingOf(options, sizeOf(examples))
  print(describeData(options, data), ...describeTraining(options, start, training), '')

  if (options.export !== undefined) {
    print(...(await exportStep(start, examples, training, options.export)))
    return
  }
  const progress = makeProgress(output, training.epochs)
  onProgress(progress)
  let network = start
  if (training.epochs > 0) {
    const began = performance.now()
    network = await train(start, examples, orderKey, training, progress.show).finally(() => progress.stop())
    print(`trained in ${((performance.now() - began) / 1000).toFixed(1)} s`, '')
  }
  if (options.save !== undefined) {
    await saveNetwork(network, options.save)
    print(`saved to ${printable(options.save)}`, '')
  }

  const [sampleKey, entryKey] = splitKey(checkKey)
  const [sample] = batches(examples, { size: Math.min(training.batch, 64), shuffle: sampleKey })
  const check = checkGradient(network, sample, penaltyOf(examples, training), entryKey)
  print(...gradientLines(check), '')

  const [learned, tested] = [await evaluate(network, examples), await evaluate(network, test)]
  print(`accuracy: ${accuracyText('train', learned)}, ${accuracyText('test', tested)}`, '')
  print('digits of the test set, and what they were taken for', ...confusionLines(tested.confusion), '')
  if (tested.mistakes.length > 0)
    print('the surest mistakes (output of the network)', '', ...mistakeLines(test, tested.mistakes))
  if (check.agrees === false) throw new RunError('the gradients differ by more than rounding explains: see the table')
}

function trainingOf(options: Options, examples: number): Training {
  const {
    epochs = options.load === undefined ? defaultEpochs(examples, options.model) : 0,
    learningRate = optimizers[options.optimizer].learningRate,
  } = options
  return { ...options, epochs, learningRate }
}

function describeData({ data }: Options, { train, test }: TrainAndTest): string {
  const from = data === undefined ? 'drawn digits' : `digits from ${printable(data)}`
  return `${from}: ${sizeOf(train)} to train on, ${sizeOf(test)} to test on, ${train.rows} x ${train.columns} pixels`
}

function describeNetwork({ layers }: Network): string {
  const biases = layers.flatMap((layer) => ('bias' in layer ? [layer.bias as Tensor] : [])).map(({ size }) => size)
  if (layers.every((layer) => layer instanceof Dense))
    return `${[layers[0].weight.shape[1], ...biases].join('-')}, all sigmoid`
  return `of ${biases.length - 1} convolutions with ${biases.slice(0, -1).join(', ')} channels, and a sigmoid layer`
}

function describeTraining({ load, seed }: Options, network: Network, training: Training): string[] {
  const { epochs, batch, optimizer, learningRate, lambda } = training
  const from = load === undefined ? '' : ` from ${printable(load)}`
  return [
    `network ${describeNetwork(network)}${from}, ${countParameters(network)} parameters, log-loss with L2 (lambda ${lambda})`,
    epochs === 0
      ? 'only tested; pass --epochs to train it further'
      : `${epochs} epochs in batches of ${batch}, ${optimizer} with learning rate ${learningRate}, seed ${seed}`,
  ]
}
