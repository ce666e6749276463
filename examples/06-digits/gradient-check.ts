import { compile, type Key, mapTree, permutation, splitKey, tensor, type Tensor, treeLeaves } from '@cotangent/core'
import { probabilityBound } from '@cotangent/nn'
import { backpropagate, type PlainGradient } from './closed-form'
import type { Batch } from './dataset'
import { differenceQuotient } from './differences'
import { type DenseNetwork, differentiate, inFloat64, isDense, type Network, objective, type Penalty } from './network'

/** Distances between the gradients of one parameter, relative to the largest entry of the second gradient. */
export interface CheckedParameter {
  readonly name: string
  readonly shape: readonly number[]
  /** The engine in float32 against the closed form, or against the engine in float64. */
  readonly single: number
  /** The engine in float64 against the closed form; undefined without one. */
  readonly double: number | undefined
  /** The engine in float64 against differences, over a sample of the entries. */
  readonly differences: number
  /** How many entries were perturbed. */
  readonly sampled: number
}

/** The result of comparing the gradients of one batch. */
export interface GradientCheck {
  readonly parameters: readonly CheckedParameter[]
  readonly examples: number
  /**
   * Number of outputs so wrong, such as 0 for a target of 1, that log-loss clamps them and their gradient becomes 0.
   */
  readonly clamped: number
  /** Whether every difference is within its tolerance; undefined with clamped outputs, which allow no verdict. */
  readonly agrees: boolean | undefined
}

/** Largest allowed value of the three comparisons. */
export const tolerance = { single: 1e-4, double: 1e-11, differences: 1e-7 }

/** Number of entries of each parameter that are perturbed. */
const sampleSize = 20

/** A layer with parameters. */
interface Weighted {
  readonly weight: Tensor
  readonly bias: Tensor
}

/** The layers with parameters. */
function weighted(network: Network): Weighted[] {
  return network.layers.filter((layer): layer is Weighted & typeof layer => 'weight' in layer && 'bias' in layer)
}

/**
 * Compares the gradient of a batch by automatic differentiation with differences and, for fully connected layers, with
 * the closed form.
 */
export function checkGradient(network: Network, batch: Batch, penalty: Penalty, key: Key): GradientCheck {
  const precise = inFloat64(network)
  const preciseBatch: Batch = { x: batch.x.astype('float64'), y: batch.y.astype('float64') }
  const single = differentiate(network, batch, penalty)
  const double = differentiate(precise, preciseBatch, penalty)
  const closed = isDense(precise) ? closedForm(precise, preciseBatch, penalty).layers : undefined
  const [layers, preciseLayers] = [weighted(network), weighted(precise)]
  const [singles, doubles] = [weighted(single.gradient), weighted(double.gradient)]
  const loss = compile((candidate: Network, of: Batch) => objective(candidate, of, penalty).loss)
  // A convolution adds up many pixels, so that its loss bends more.
  const step = closed === undefined ? 2 ** -10 : 2 ** -8
  const keys = splitKey(key, 2 * layers.length)
  const parameters = layers.flatMap((layer, l) =>
    (['weight', 'bias'] as const).map((kind, k) => {
      const engine = doubles[l][kind].data
      const expected = closed?.[l][kind] ?? engine
      const parameter = preciseLayers[l][kind]
      const entries = permutation(keys[2 * l + k], expected.length).data.subarray(0, sampleSize)
      const lossAt = (values: Float64Array) => {
        const nudged = tensor(values, { shape: parameter.shape })
        const moved = mapTree((leaf) => (leaf === parameter ? nudged : leaf), precise)
        return loss(moved, preciseBatch).item()
      }
      const quotients = Array.from(entries, (entry) =>
        differenceQuotient(lossAt, parameter.data as Float64Array, entry, step),
      )
      return {
        name: `layer ${l + 1} ${kind}`,
        shape: layer[kind].shape,
        single: relativeDifference(singles[l][kind].data, expected),
        double: closed === undefined ? undefined : relativeDifference(engine, expected),
        differences: relativeDifference(
          Array.from(entries, (entry) => engine[entry]),
          quotients,
          largest(expected),
        ),
        sampled: entries.length,
      }
    }),
  )
  const clamped = countClamped(single.output, batch.y)
  const within = (name: keyof typeof tolerance) => parameters.every((each) => (each[name] ?? 0) <= tolerance[name])
  const agrees = clamped > 0 ? undefined : within('single') && within('double') && within('differences')
  return { parameters, examples: batch.x.shape[0], clamped, agrees }
}

function closedForm(network: DenseNetwork, { x, y }: Batch, penalty: Penalty): PlainGradient {
  const layers = network.layers.map(({ weight, bias }) => ({
    inputs: weight.shape[1],
    outputs: weight.shape[0],
    weight: weight.data as Float64Array,
    bias: bias.data as Float64Array,
  }))
  return backpropagate(layers, { m: x.shape[0], x: x.data as Float64Array, y: y.data as Float64Array }, penalty)
}

/** `max |vᵢ|`; NaN if any entry is NaN. */
function largest(values: ArrayLike<number>): number {
  let result = 0
  for (let i = 0; i < values.length; i++) if (!(Math.abs(values[i]) <= result)) result = Math.abs(values[i])
  return result
}

/**
 * `max |aᵢ - bᵢ| / max |b|`. It is relative to the largest entry, because each entry is a sum over the batch, and an
 * entry that cancels keeps the rounding error of its terms.
 */
function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>, scale = largest(b)): number {
  const difference = largest(Array.from(a, (value, i) => value - b[i]))
  return difference === 0 ? 0 : difference / scale
}

/**
 * Counts the outputs that log-loss clamps far from their target. Outputs clamped to the side of their target lose
 * almost nothing: at most `probabilityBound` of h - y.
 */
function countClamped(output: Tensor, target: Tensor): number {
  const [h, y] = [output.data, target.data]
  let count = 0
  for (let i = 0; i < h.length; i++) if (Math.abs(h[i] - y[i]) > 1 - probabilityBound.float32) count++
  return count
}

/** Number of parameters of a network. */
export function countParameters(network: Network): number {
  return treeLeaves(network).reduce((sum, leaf) => sum + leaf.size, 0)
}
