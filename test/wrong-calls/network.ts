import { key, tensor, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import type { Call } from './calls'
import { floats, functions, notNegative, options, positive, tensors } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const rows: Tensor = tensor([[0.25, 0.75], [0.5, 0.5]]) // prettier-ignore
const labels: Tensor = tensor([0, 1], { dtype: 'int32' })
const denseOptions = {
  key: key(1),
  activation: nn.sigmoid,
  initializer: nn.heUniform,
  biasInitializer: nn.zerosInitializer,
  dtype: 'float32',
}
const densePasses: Call['passes'] = {
  '0': ['1', '2'],
  '1': ['1', '2'],
  '2.activation': ['undefined', ...functions],
  '2.initializer': ['undefined'],
  '2.biasInitializer': ['undefined'],
  '2.dtype': ['undefined'],
  '2.bias': ['undefined', 'true'],
}
const objects = ['empty object', 'bare object', 'unknown option', 'option of another library', 'instance'] as const
const layer = nn.dense(2, 3, { key: key(1) })
const norm = nn.batchNorm(2)
const [, normSeen] = norm.forwardWithState(tensor([[1, 2], [3, 5]]), nn.training(key(1))) // prettier-ignore
const withMode: Call['passes'] = { '0': ['matrix tensor', 'tensor of three axes'] }
const initializer = (initialize: nn.Initializer): Call => ({
  call: initialize as any,
  args: [key(1), [2, 3], 'float32'],
  passes: { '1': ['numbers'] },
})
const filling = (initialize: nn.Initializer): Call => ({
  call: initialize as any,
  args: [key(1), [2, 3], 'float32'],
  passes: { '1': ['numbers', 'empty array'] },
})

export const network: Record<string, Call> = {
  dense: { call: nn.dense as any, args: [2, 3, { ...denseOptions, bias: true }], passes: densePasses },
  denseTheta: { call: nn.denseTheta as any, args: [2, 3, denseOptions], passes: densePasses },
  Dense: {
    call: (...args) => new (nn.Dense as any)(...args),
    args: [rows, x, nn.sigmoid],
    passes: { '0': ['matrix tensor'], '1': ['null'], '2': ['undefined', ...functions] },
    optional: 1,
  },
  DenseTheta: {
    call: (...args) => new (nn.DenseTheta as any)(...args),
    args: [rows, nn.sigmoid],
    passes: { '0': ['matrix tensor', 'empty tensor'], '1': ['undefined', ...functions] },
    optional: 1,
  },
  'dense.forward': {
    call: (...args) => (layer.forward as any).apply(layer, args),
    args: [rows, nn.evaluating],
    names: ['dense'],
    passes: { '0': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '1': ['undefined'] },
    optional: 1,
  },
  training: { call: nn.training as any, args: [key(1)] },
  dropout: { call: nn.dropout as any, args: [0.5], passes: { '0': ['0', '0.5'] } },
  Dropout: { call: (...args) => new (nn.Dropout as any)(...args), args: [0.5], passes: { '0': ['0', '0.5'] } },
  'dropout.forward': {
    call: (...args) => (nn.dropout(0.5) as any).forward(...args),
    args: [rows, nn.training(key(1))],
    names: ['dropout'],
    passes: { '0': floats },
  },
  batchNorm: {
    call: nn.batchNorm as any,
    args: [2, { epsilon: 1e-3, momentum: 0.5, axis: -1, dtype: 'float64' }],
    passes: {
      '0': ['1', '2'],
      '1': options,
      '1.epsilon': ['undefined', ...positive],
      '1.momentum': ['undefined', '0', '0.5', '1'],
      '1.axis': ['undefined', '-1', '1', '2', 'huge', '1e308'],
      '1.dtype': ['undefined'],
    },
    optional: 1,
  },
  BatchNorm: {
    call: (...args) => new (nn.BatchNorm as any)(...args),
    args: [norm.weight, norm.bias, norm.statistics, 1e-5, 0.5, -1],
    passes: {
      '3': ['undefined', ...positive],
      '4': ['undefined', '0', '0.5', '1'],
      '5': ['undefined', '-1', '1', '2', 'huge', '1e308'],
    },
    optional: 3,
  },
  RunningStatistics: {
    call: (...args) => new (nn.RunningStatistics as any)(...args),
    args: [norm.statistics.mean, norm.statistics.variance, norm.statistics.count],
  },
  'batchNorm.forward': {
    call: (...args) => (normSeen.forward as any).apply(normSeen, args),
    args: [rows, nn.evaluating],
    names: ['batchNorm'],
    passes: { '0': [...withMode!['0']!, 'empty tensor'] },
  },
  'batchNorm.forwardWithState': {
    call: (...args) => (norm.forwardWithState as any).apply(norm, args),
    args: [rows, nn.training(key(1))],
    names: ['batchNorm'],
    passes: withMode,
  },
  forwardWithState: {
    call: nn.forwardWithState as any,
    args: [norm, rows, nn.training(key(1))],
    names: ['forwardWithState', 'batchNorm'],
    passes: { '0': functions, '1': withMode['0'] },
  },
  sequential: {
    call: (...args) => (nn.sequential as any)(...args),
    args: [layer, nn.sigmoid],
    passes: { '0': functions, '1': functions },
    isVariadic: true,
    optional: 2,
  },
  Sequential: { call: (...args) => new (nn.Sequential as any)(...args), args: [[layer]], passes: { '0': ['empty array'] } }, // prettier-ignore
  'sequential.forward': {
    call: (...args) => (nn.sequential(layer) as any).forward(...args),
    args: [rows, nn.evaluating],
    names: ['sequential', 'dense'],
    passes: { '0': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '1': ['undefined'] },
    optional: 1,
  },
  'sequential.forwardWithState': {
    call: (...args) => (nn.sequential(norm) as any).forwardWithState(...args),
    args: [rows, nn.training(key(1))],
    names: ['sequential', 'batchNorm'],
    passes: withMode,
  },
  countParameters: { call: nn.countParameters as any, args: [layer], passes: { '0': [...objects, ...tensors] } },
  only: { call: nn.only as any, args: [layer, 'bias'], isVariadic: true },
  except: { call: nn.except as any, args: [layer, 'bias'], isVariadic: true },
  partition: {
    call: nn.partition as any,
    args: [layer, (leaf: Tensor) => leaf.rank === 1],
    passes: { '0': ['vector tensor', 'int32 tensor', 'bool tensor'] },
  },
  combine: {
    call: nn.combine as any,
    args: [layer, { bias: layer.bias }],
    // A part may be empty.
    passes: { '1': ['empty object', 'bare object', 'empty array', 'array of null', 'hole', 'holes'], '1.bias': ['undefined', 'null', 'empty object', 'bare object', 'empty array', 'array of null', 'hole', 'holes', 'vector tensor'] }, // prettier-ignore
    isVariadic: true,
    whole: [1],
  },
  summary: {
    call: nn.summary as any,
    args: [layer, rows, nn.evaluating, { where: () => true }],
    names: ['summary', 'dense'],
    passes: { '0': functions, '1': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '2': ['undefined'], '3': options, '3.where': ['undefined'] }, // prettier-ignore
    optional: 2,
  },
  accuracy: {
    call: nn.accuracy as any,
    args: [rows, labels],
    passes: { '0': ['matrix tensor'], '1': ['matrix tensor'] },
  },
  'accuracy of labels': {
    call: nn.accuracy as any,
    args: [labels, labels],
    names: ['accuracy'],
    passes: { '0': ['matrix tensor'], '1': ['matrix tensor'] },
  },
  confusionMatrix: {
    call: nn.confusionMatrix as any,
    args: [labels, labels, 2],
    passes: { '0': ['matrix tensor'], '1': ['matrix tensor'], '2': ['2'] },
  },
  l2: {
    call: nn.l2 as any,
    args: [rows, { lambda: 1, examples: 5, select: () => true }],
    passes: {
      '0': floats,
      '1.lambda': notNegative,
      '1.examples': positive,
      '1.select': ['undefined', 'function'],
    },
  },
  fans: { call: nn.fans as any, args: [[2, 3]], passes: { '0': ['numbers'] } },
  zerosInitializer: filling(nn.zerosInitializer),
  constantInitializer: { call: nn.constantInitializer as any, args: [1], passes: { '0': ['-1', ...notNegative] } },
  uniformInitializer: { call: nn.uniformInitializer as any, args: [1], passes: { '0': positive } },
  normalInitializer: { call: nn.normalInitializer as any, args: [1], passes: { '0': positive } },
  'uniformInitializer(1)': { ...filling(nn.uniformInitializer(1)), names: ['uniformInitializer'] },
  'normalInitializer(1)': { ...filling(nn.normalInitializer(1)), names: ['normalInitializer'] },
  'constantInitializer(1)': { ...filling(nn.constantInitializer(1)), names: ['constantInitializer'] },
  glorotUniform: initializer(nn.glorotUniform),
  glorotNormal: initializer(nn.glorotNormal),
  heUniform: initializer(nn.heUniform),
  heNormal: initializer(nn.heNormal),
  lecunUniform: initializer(nn.lecunUniform),
  lecunNormal: initializer(nn.lecunNormal),
}
