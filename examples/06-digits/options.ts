import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { InputError } from './errors'
import { models } from './network'
import { optimizers, type Training } from './train'

/** The options of the command line. */
export interface Options {
  /** Default: as many as the number of examples suggests, and none for a network from a file. */
  readonly epochs?: number
  readonly batch: number
  readonly optimizer: Training['optimizer']
  /** Default: that of the optimizer. */
  readonly learningRate?: number
  readonly lambda: number
  /** Kind of the network. */
  readonly model: keyof typeof models
  /** Sizes of the hidden layers, or numbers of channels. Default: those of the model. */
  readonly hidden?: readonly number[]
  readonly seed: number
  /** Folder of MNIST files. Default: digits are drawn. */
  readonly data?: string
  /** File of the network to start from. Default: a new one. */
  readonly load?: string
  /** File to write the network to. */
  readonly save?: string
  /** Folder to write the training step and the examples to, in place of training. */
  readonly export?: string
}

/** Largest number of units in a layer. More would take hours, not seconds. */
const largestLayer = 4096

/** Default number of passes over the training examples: the more examples there are, the fewer are needed. */
export function defaultEpochs(examples: number, model: keyof typeof models = 'dense'): number {
  const epochs = examples > 20_000 ? 4 : 20
  return model === 'conv' ? epochs / 4 : epochs
}

const rates = Object.entries(optimizers)
  .map(([name, { learningRate }]) => `${learningRate} for ${name}`)
  .join(', ')

const hidden = Object.entries(models)
  .map(([name, sizes]) => `${sizes.join(',')} for ${name}`)
  .join(', ')

const epochsByDefault = `${defaultEpochs(0)}, or ${defaultEpochs(Infinity)} for more than 20,000; a quarter for conv`

function positiveInteger(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('It must be a positive integer.')
  return value
}

function seedNumber(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(value)) throw new InvalidArgumentError('It must be an integer from 0 to 2^53 - 1.')
  return value
}

function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN
}

function positiveNumber(text: string): number {
  const value = decimal(text)
  if (!(value > 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a positive number.')
  return value
}

function nonNegativeNumber(text: string): number {
  const value = decimal(text)
  if (!(value >= 0 && Number.isFinite(value))) throw new InvalidArgumentError('It must be a number, 0 or larger.')
  return value
}

function layerSizes(text: string): number[] {
  const sizes = text.split(',').map((part) => (/^ *\d+ *$/.test(part) ? Number(part) : NaN))
  if (!sizes.every((size) => size >= 1 && size <= largestLayer))
    throw new InvalidArgumentError(
      `It must be a positive integer up to ${largestLayer}, or several with commas between them, such as 64,32.`,
    )
  return sizes
}

const named = (what: string) => (text: string) => {
  if (text === '') throw new InvalidArgumentError(`It must name a ${what}.`)
  return text
}

function makeCommand(): Command {
  return new Command('npm start --')
    .description(
      'Trains a network to read handwritten digits, and shows what it learned and whether its gradient is right.',
    )
    .option('--epochs <n>', `passes over the training examples (default: ${epochsByDefault})`, positiveInteger)
    .option('--batch <n>', 'examples in a step', positiveInteger, 64)
    .addOption(
      new Option('--optimizer <name>', 'what makes a step of a gradient')
        .choices(Object.keys(optimizers))
        .default('adam'),
    )
    .option('--learning-rate <x>', `how far a step goes (default: ${rates})`, positiveNumber)
    .option('--lambda <x>', 'weight of the L2 penalty', nonNegativeNumber, 1)
    .addOption(
      new Option('--model <name>', 'fully connected layers, or convolutions')
        .choices(Object.keys(models))
        .default('dense'),
    )
    .option('--hidden <n,...>', `sizes of the hidden layers, or their channels (default: ${hidden})`, layerSizes)
    .option('--seed <n>', 'of the digits, the first weights and the order', seedNumber, 1)
    .option(
      '--data <folder>',
      'folder with MNIST files: IDX, plain or .gz (default: digits are drawn)',
      named('folder'),
    )
    .option('--load <file>', 'network to start from; without --epochs, it is only tested', named('file'))
    .option('--save <file>', 'where to write the network, as safetensors', named('file'))
    .option('--export <folder>', 'where to write the step and the examples, to train on many machines', named('folder'))
    .helpOption('--help', 'show this')
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
}

/**
 * Reads the command line, without the names of program and script. `help` is the requested help text.
 *
 * @throws InputError for an unknown option, or for a value that does not fit.
 */
export function parseOptions(args: readonly string[]): { options: Options } | { help: string } {
  let help = ''
  const command = makeCommand()
    .exitOverride()
    .configureOutput({ writeOut: (text) => (help += text), writeErr: () => {} })
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.helpDisplayed') return { help }
    throw new InputError(`${error.message.replace(/^error: /, '').replace(/\.$/, '')}. Try --help.`)
  }
  return { options: command.opts<Options>() }
}
