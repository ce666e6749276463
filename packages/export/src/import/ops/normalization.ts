import * as ct from '@cotangent/core'
import type { Tensor } from '@cotangent/core'
import { operator, type Operators, Unsupported } from '../node'
import { fromStart } from '../values'

const axesFrom = (x: Tensor, first: number) => x.shape.map((_: number, axis: number) => axis).slice(first) as number[]

/** Mean, and inverse of the standard deviation, over some axes. */
function moments(x: Tensor, axis: number[], epsilon: number) {
  const mean = ct.mean(x, { axis, keepDims: true })
  const centered = ct.sub(x, mean)
  const variance = ct.mean(ct.square(centered), { axis, keepDims: true })
  const inverse = ct.reciprocal(ct.sqrt(ct.add(variance, epsilon)))
  return { mean, inverse, normal: ct.mul(centered, inverse) }
}

/** A vector of channels beside x, whose axis 1 has the channels. */
const beside = (x: Tensor, channels: Tensor): Tensor => channels.reshape([-1, ...axesFrom(x, 2).map(() => 1)])

const scaled = (x: Tensor, scale: Tensor, bias: Tensor): Tensor => ct.add(ct.mul(x, beside(x, scale)), beside(x, bias))

/** Normalizations. */
export const normalization: Operators = {
  BatchNormalization: operator(
    5,
    (node) => {
      const epsilon = node.float('epsilon', 1e-5)
      if (node.flag('training_mode', false)) throw new Unsupported('training_mode; export the model in evaluation mode')
      // The share of a batch in the statistics, while training.
      node.ignore('momentum')
      return (given) => {
        const [x, scale, bias, mean, variance] = given.all
        const factor = ct.div(scale, ct.sqrt(ct.add(variance, epsilon)))
        return scaled(ct.sub(x, beside(x, mean)), factor, bias)
      }
    },
    { constants: [3, 4] },
  ),
  InstanceNormalization: operator(3, (node) => {
    const epsilon = node.float('epsilon', 1e-5)
    return (given) => {
      const [x, scale, bias] = given.all
      return scaled(moments(x, axesFrom(x, 2), epsilon).normal, scale, bias)
    }
  }),
  LayerNormalization: operator(
    [2, 3],
    (node) => {
      const axis = node.int('axis', -1)
      const epsilon = node.float('epsilon', 1e-5)
      // The statistics have the dtype of x, which is float32 or wider.
      node.ignore('stash_type')
      return (given) => {
        const x = given.tensor(0)
        const { mean, inverse, normal } = moments(x, axesFrom(x, fromStart(axis, x.rank, node.label)), epsilon)
        const product = ct.mul(normal, given.tensor(1))
        const bias = given.optional(2)
        return [bias === undefined ? product : ct.add(product, bias), mean, inverse]
      }
    },
    { outputs: 3 },
  ),
  GroupNormalization: operator(3, (node) => {
    const epsilon = node.float('epsilon', 1e-5)
    const groups = node.int('num_groups')
    node.ignore('stash_type')
    // Since version 21 scale and bias are those of channels; before, those of groups.
    const isOfChannels = node.opset >= 21
    return (given) => {
      const [x, scale, bias] = given.all
      const shape = x.shape as readonly number[]
      const grouped = x.reshape([shape[0], groups, -1])
      const { normal } = moments(grouped, [2], epsilon)
      return isOfChannels ? scaled(normal.reshape(shape), scale, bias) : scaled(normal, scale, bias).reshape(shape)
    }
  }),
}
