import * as ct from '@cotangent/core'
import { operator, type Operators, plain } from '../node'

/** Activations of neural networks. */
export const activations: Operators = {
  Sigmoid: plain(1, ct.sigmoid),
  Tanh: plain(1, ct.tanh),
  Relu: plain(1, (x) => (x.dtype === 'int32' ? ct.maximum(x, 0) : ct.relu(x))),
  LeakyRelu: operator(1, (node) => {
    const alpha = node.float('alpha', 0.01)
    return (given) => ct.leakyRelu(given.tensor(0), alpha)
  }),
  Elu: operator(1, (node) => {
    const alpha = node.float('alpha', 1)
    return (given) => ct.elu(given.tensor(0), alpha)
  }),
  Celu: operator(1, (node) => {
    const alpha = node.float('alpha', 1)
    return (given) => ct.mul(ct.elu(ct.div(given.tensor(0), alpha)), alpha)
  }),
  Selu: operator(1, (node) => {
    const [alpha, gamma] = [node.float('alpha', 1.6732632423543772), node.float('gamma', 1.0507009873554805)]
    return (given) => ct.mul(ct.elu(given.tensor(0), alpha), gamma)
  }),
  PRelu: plain(2, (x, slope) => ct.where(ct.less(x, 0), ct.mul(x, slope), x)),
  ThresholdedRelu: operator(1, (node) => {
    const alpha = node.float('alpha', 1)
    return (given) => ct.where(ct.greater(given.tensor(0), alpha), given.tensor(0), 0)
  }),
  Gelu: operator(1, (node) => {
    const approximate = node.choice('approximate', 'none', 'tanh')
    return (given) => ct.gelu(given.tensor(0), approximate === 'tanh' ? { approximate } : {})
  }),
  HardSigmoid: operator(1, (node) => {
    const [alpha, beta] = [node.float('alpha', 0.2), node.float('beta', 0.5)]
    return (given) => ct.clip(ct.add(ct.mul(given.tensor(0), alpha), beta), 0, 1)
  }),
  HardSwish: plain(1, ct.hardSwish),
  Softplus: plain(1, ct.softplus),
  Softsign: plain(1, ct.softsign),
  Mish: plain(1, ct.mish),
  Softmax: operator(1, (node) => {
    const axis = node.int('axis', -1)
    return (given) => ct.softmax(given.tensor(0), { axis })
  }),
  LogSoftmax: operator(1, (node) => {
    const axis = node.int('axis', -1)
    return (given) => ct.logSoftmax(given.tensor(0), { axis })
  }),
}
