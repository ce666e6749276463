// Networks for property tests. fast-check draws the architecture and one seed; the numbers come from the seed, so that
// a failure shrinks in a few steps over a handful of small integers, however many parameters the network has.

import fc from 'fast-check'
import { activation, activations as all, type ActivationName } from './activations'
import { forward, type Layer, type Network, type Parameters } from './backpropagation'
import type { LossName } from './losses'
import { at, build, type Matrix, total, vector } from './matrix'

export interface NetworkOptions {
  readonly minimumLayers?: number
  readonly maximumLayers?: number
  readonly maximumWidth?: number
  readonly maximumBatch?: number
  /** What is drawn from; all where absent. */
  readonly activations?: readonly ActivationName[]
  readonly losses?: readonly LossName[]
  /**
   * How far the z of activations with a kink stay away from 0. Closer than its rounding error, two right computations
   * may be on different sides; closer than a difference step, a quotient is no derivative.
   */
  readonly margin?: number
  /** Every number of the network is a float32, so that both precisions start from the same network. */
  readonly float32?: boolean
}

/** What is drawn and shrunk; everything else follows from it. */
interface Plan {
  readonly widths: readonly number[]
  readonly activations: readonly ActivationName[]
  readonly batch: number
  readonly loss: LossName
  readonly lambda: number
  readonly form: Parameters['form']
  readonly target: 'hard' | 'soft'
  readonly seed: number
}

/** Uniform numbers from 0 to 1, by a Weyl sequence and the mixing of MurmurHash3 (Steele et al. 2014). */
export function generator(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32
  }
}

/** The activations that have a derivative. */
export const differentiable = (Object.keys(all) as ActivationName[]).filter((name) => name !== 'step')

/**
 * Networks of 1 to 5 layers, 1 to 24 wide, on batches of 1 to 16, with all activations, losses and both parameter
 * forms. Log-loss comes with a sigmoid in the last layer and softmax cross-entropy with the identity. Simplest first:
 * shrinking goes to one identity layer of one unit with MSE.
 */
export function networks(options: NetworkOptions = {}): fc.Arbitrary<Network> {
  const { minimumLayers = 1, maximumLayers = 5, maximumWidth = 24, maximumBatch = 16 } = options
  const { activations = differentiable, losses = ['mse', 'logLoss', 'softmaxCrossEntropy'] } = options
  const plan = fc.record<Plan>({
    widths: fc.array(fc.integer({ min: 1, max: maximumWidth }), {
      minLength: minimumLayers + 1,
      maxLength: maximumLayers + 1,
      size: 'max',
    }),
    activations: fc.array(fc.constantFrom(...activations), { minLength: maximumLayers, maxLength: maximumLayers }),
    batch: fc.integer({ min: 1, max: maximumBatch }),
    loss: fc.constantFrom<LossName[]>(...losses),
    lambda: fc.constantFrom(0, 1, 0.125, 4),
    form: fc.constantFrom<Parameters['form'][]>('bias', 'theta'),
    target: fc.constantFrom<Plan['target'][]>('hard', 'soft'),
    seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
  })
  return plan.map((drawn) => networkOf({ ...drawn, widths: widthsOf(drawn) }, options))
}

/** A choice is between two classes at least. */
function widthsOf({ loss, widths }: Plan): readonly number[] {
  const last = widths[widths.length - 1]
  return loss === 'softmaxCrossEntropy' && last === 1 ? [...widths.slice(0, -1), 2] : widths
}

function networkOf(plan: Plan, { margin = 1e-6, float32 = false }: NetworkOptions): Network {
  const random = generator(plan.seed)
  const round = float32 ? Math.fround : (x: number) => x
  const between = (low: number, high: number) => round(low + (high - low) * random())
  const count = plan.widths.length - 1
  const input = build(plan.batch, plan.widths[0], () => between(-1.5, 1.5))
  const layers: Layer[] = []
  let previous = input
  for (let l = 0; l < count; l++) {
    const [inputs, outputs] = [plan.widths[l], plan.widths[l + 1]]
    const name = l < count - 1 ? plan.activations[l] : lastActivation(plan, count)
    // Variance 1/in keeps z near 1 in every layer, where no activation has lost its slope.
    const reach = Math.sqrt(3 / inputs)
    const weight = build(outputs, inputs, () => between(-reach, reach))
    const bias = vector(outputs, () => between(-0.5, 0.5))
    const layer = { inputs, outputs, activation: name, parameters: { form: 'bias', weight, bias } } as const
    if (activation(name).kink) moveFromKink(bias, forward([layer], previous)[0].z, margin, round)
    previous = forward([layer], previous)[0].a
    layers.push(plan.form === 'bias' ? layer : { ...layer, parameters: thetaOf(weight, bias) })
  }
  const outputs = plan.widths[count]
  const { loss, lambda } = plan
  return describe(plan, { layers, input, target: targets(plan, outputs, random), loss, lambda })
}

const thetaOf = (weight: Matrix, bias: Float64Array): Parameters => ({
  form: 'theta',
  theta: build(weight.rows, weight.columns + 1, (j, k) => (k === 0 ? bias[j] : at(weight, j, k - 1))),
})

function lastActivation({ loss, activations: drawn }: Plan, count: number): ActivationName {
  return { mse: drawn[count - 1], logLoss: 'sigmoid' as const, softmaxCrossEntropy: 'identity' as const }[loss]
}

/**
 * Moves biases so that no z of the batch is within `margin` of 0. Of shifts that lie two margins apart, each example
 * rules out one at most: one more candidate than examples is enough, and nothing needs to be rejected.
 */
function moveFromKink(bias: Float64Array, z: Matrix, margin: number, round: (x: number) => number): void {
  for (let j = 0; j < bias.length; j++) {
    const isClear = (shift: number) => {
      for (let i = 0; i < z.rows; i++) if (Math.abs(at(z, i, j) + shift) < margin) return false
      return true
    }
    let candidate = 0
    while (!isClear(2.01 * margin * candidate)) candidate++
    bias[j] = round(bias[j] + 2.01 * margin * candidate)
  }
}

/** Hard: one 1 in each row (0 or 1 for a single output). Soft: probabilities, in distributions for the softmax. */
function targets({ batch, loss, target }: Plan, outputs: number, random: () => number): Matrix {
  if (target === 'soft') {
    const low = loss === 'mse' ? -1 : 0.01
    // Rounded here, for both precisions: nothing needs a distribution to add up to 1 in the last digit.
    const shares = build(batch, outputs, () => Math.fround(low + (0.99 - low) * random()))
    if (loss !== 'softmaxCrossEntropy') return shares
    return build(batch, outputs, (i, k) => Math.fround(at(shares, i, k) / total(outputs, (j) => at(shares, i, j))))
  }
  const single = outputs === 1
  const labels = vector(batch, () => Math.floor((single ? 2 : outputs) * random()))
  return build(batch, outputs, (i, k) => Number(single ? labels[i] === 1 : labels[i] === k))
}

/** Reports print this line in place of all parameters. */
function describe({ widths, batch, target, form, seed }: Plan, network: Network): Network {
  const { layers, loss, lambda } = network
  const names = layers.map((layer) => layer.activation).join(' ')
  const line = `network ${widths.join('-')} (${names}), ${loss}, ${target} targets, λ ${lambda}, m ${batch}, ${form} form, seed ${seed}`
  return Object.defineProperty(network, fc.toStringMethod, { value: () => line, enumerable: false })
}
