import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import type { Call } from './calls'
import { floats, functions, options, positive } from './odd'

const rows: Tensor = tensor([[0.25, 0.75], [0.5, 0.5]]) // prettier-ignore
const vector: Tensor = tensor([0.5, 0.25])
const sizes: Call['passes'] = { '0': ['1', '2'], '1': ['1', '2'] }
const two = ['1', '2', 'numbers'] as const
const sources: Call['passes'] = { '3.initializer': ['undefined'], '3.biasInitializer': ['undefined'], '3.bias': ['undefined', 'true'], '3.dtype': ['undefined'] } // prettier-ignore

const windows = { stride: 1, padding: 0, dilation: 1, groups: 1 }
const passWindows = (at: string, axes: 1 | 2): Call['passes'] => {
  const sizes = axes === 2 ? two : (['1', '2'] as const)
  return {
    [`${at}.stride`]: ['undefined', ...sizes],
    [`${at}.padding`]: ['undefined', '0', ...sizes],
    [`${at}.dilation`]: ['undefined', ...sizes],
    [`${at}.groups`]: ['undefined', '1'],
    [`${at}.layout`]: ['undefined'],
  }
}
const drawn = {
  key: key(1),
  bias: false,
  initializer: nn.heUniform,
  biasInitializer: nn.zerosInitializer,
  dtype: 'float32',
}

/** The rows of a layer with windows: its function, its class and its `forward`. */
function windowed(name: string, className: string, axes: 1 | 2, isTransposed: boolean): Record<string, Call> {
  const layout = axes === 1 ? 'NWC' : 'NHWC'
  const own = { ...windows, layout, ...(isTransposed && { outputPadding: 0 }) }
  const further: Call['passes'] = isTransposed ? { '3.outputPadding': ['undefined', '0', '1', '2', ...(axes === 2 ? (['numbers'] as const) : [])] } : {} // prettier-ignore
  const shape = axes === 1 ? [2, 2, 1] : [2, 2, 1, 1]
  const make = (nn as any)[name]
  const layer = make(2, 2, 1, { key: key(1) })
  return {
    [name]: {
      call: make,
      args: [2, 2, 1, { ...own, ...drawn }],
      passes: {
        ...sizes,
        '2': axes === 2 ? two : ['1', '2'],
        ...passWindows('3', axes),
        '3.groups': ['undefined', '1', '2'],
        ...sources,
        ...further,
      },
    },
    [className]: {
      call: (...args) => new (nn as any)[className](...args),
      args: [zeros(shape), vector, own],
      passes: {
        '0': axes === 1 ? ['tensor of three axes'] : [],
        '1': ['null'],
        '2': options,
        ...passWindows('2', axes),
        '2.groups': ['undefined', '1', ...(isTransposed ? [] : (['2'] as const))],
        ...(isTransposed && { '2.outputPadding': further['3.outputPadding'] }),
      },
      optional: 1,
    },
    [`${name}.forward`]: {
      call: (...args) => layer.forward(...args),
      args: [zeros(axes === 1 ? [1, 3, 2] : [1, 3, 3, 2]), nn.evaluating],
      names: [name],
      passes: { '0': axes === 1 ? ['matrix tensor', 'empty tensor', 'tensor of three axes'] : ['tensor of three axes'], '1': ['undefined'] }, // prettier-ignore
      optional: 1,
    },
  }
}

/** The rows of pooling: its function, its class and its `forward`. */
function pooling(name: string, className: string, isAdaptive: boolean): Record<string, Call> {
  const given = isAdaptive ? { layout: 'NHWC' } : { stride: 1, padding: 0, dilation: 1, layout: 'NHWC' }
  const layer = (nn as any)[name](1)
  const call = {
    args: [1, given],
    passes: {
      '0': ['1', '2', 'numbers'],
      '1': options,
      '1.stride': ['undefined', ...two],
      '1.padding': ['undefined', '0', ...two],
      '1.dilation': ['undefined', ...two],
      '1.layout': ['undefined'],
    },
    optional: 1,
  } satisfies Partial<Call>
  return {
    [name]: { call: (nn as any)[name], ...call },
    [className]: { call: (...args) => new (nn as any)[className](...args), ...call },
    [`${name}.forward`]: {
      call: (...args) => layer.forward(...args),
      args: [zeros([1, 2, 2, 1]), nn.evaluating],
      names: [name],
      passes: { '0': ['tensor of three axes', 'int32 tensor', 'bool tensor'], '1': ['undefined'] },
      optional: 1,
    },
  }
}

/** The rows of a normalization of the last axes. */
function lastAxes(
  name: string,
  className: string,
  args: readonly unknown[],
  further: Call['passes'],
): Record<string, Call> {
  const layer = (nn as any)[name](2)
  return {
    [name]: {
      call: (nn as any)[name],
      args: [2, { epsilon: 1e-3, dtype: 'float32', ...(name === 'layerNorm' && { bias: true }) }],
      passes: {
        '0': ['1', '2', 'numbers'],
        '1': options,
        '1.epsilon': ['undefined', ...positive],
        '1.bias': ['undefined', 'true'],
        '1.dtype': ['undefined'],
      },
      optional: 1,
    },
    [className]: {
      call: (...given) => new (nn as any)[className](...given),
      args,
      passes: further,
      optional: 1,
    },
    [`${name}.forward`]: {
      call: (...given) => layer.forward(...given),
      args: [rows, nn.evaluating],
      names: [name],
      passes: { '0': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '1': ['undefined'] },
      optional: 1,
    },
  }
}

const group = nn.groupNorm(1, 2)
const table = nn.embedding(3, 2, { key: key(1) })
const block = nn.residual(nn.relu)
const normed = nn.residual(nn.batchNorm(2))
const ids: Tensor = tensor([0, 1], { dtype: 'int32' })

export const layers: Record<string, Call> = {
  ...windowed('convolutional1d', 'Conv1d', 1, false),
  ...windowed('convolutional2d', 'Conv2d', 2, false),
  ...windowed('transposedConvolutional1d', 'ConvTranspose1d', 1, true),
  ...windowed('transposedConvolutional2d', 'ConvTranspose2d', 2, true),
  ...pooling('maxPooling', 'MaxPooling', false),
  ...pooling('averagePooling', 'AveragePooling', false),
  ...pooling('adaptiveAveragePooling', 'AdaptiveAveragePooling', true),
  ...pooling('adaptiveMaxPooling', 'AdaptiveMaxPooling', true),
  ...lastAxes('layerNorm', 'LayerNorm', [vector, vector, 1e-3], {
    '1': ['null'],
    '2': ['undefined', ...positive],
  }),
  ...lastAxes('rmsNorm', 'RmsNorm', [vector, 1e-3], {
    '0': ['vector tensor', 'matrix tensor', 'empty tensor', 'tensor of three axes', 'int32 tensor', 'bool tensor'],
    '1': ['undefined', 'null', ...positive],
  }),
  groupNorm: {
    call: nn.groupNorm as any,
    args: [1, 2, { epsilon: 1e-3, axis: -1, dtype: 'float32' }],
    passes: {
      '0': ['1', '2'],
      '1': ['1', '2'],
      '2': options,
      '2.epsilon': ['undefined', ...positive],
      '2.axis': ['undefined', '-1', '1', '2', 'huge', '1e308'],
      '2.dtype': ['undefined'],
    },
    optional: 1,
  },
  GroupNorm: {
    call: (...args) => new (nn.GroupNorm as any)(...args),
    args: [1, vector, vector, 1e-3, -1],
    passes: {
      '0': ['1', '2'],
      '3': ['undefined', ...positive],
      '4': ['undefined', '-1', '1', '2', 'huge', '1e308'],
    },
    optional: 2,
  },
  'groupNorm.forward': {
    call: (...args) => (group.forward as any).apply(group, args),
    args: [rows, nn.evaluating],
    names: ['groupNorm'],
    passes: { '0': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '1': ['undefined'] },
    optional: 1,
  },
  flattened: {
    call: nn.flattened as any,
    args: [{ axis: 1 }],
    passes: { '0': options, '0.axis': ['undefined', '-1', '0', '1', '2', 'huge', '1e308'] },
    optional: 1,
  },
  Flattened: {
    call: (...args) => new (nn.Flattened as any)(...args),
    args: [{ axis: 1 }],
    passes: { '0': options, '0.axis': ['undefined', '-1', '0', '1', '2', 'huge', '1e308'] },
    optional: 1,
  },
  'flattened.forward': {
    call: (...args) => (nn.flattened() as any).forward(...args),
    args: [rows, nn.evaluating],
    names: ['flattened'],
    passes: { '0': [...floats.filter((each) => each !== 'scalar tensor'), 'int32 tensor', 'bool tensor'], '1': ['undefined'] }, // prettier-ignore
    optional: 1,
  },
  embedding: {
    call: nn.embedding as any,
    args: [3, 2, { key: key(1), padding: 0, initializer: nn.heUniform, dtype: 'float32' }],
    passes: {
      ...sizes,
      '2.padding': ['undefined', '0', '1', '2'],
      '2.initializer': ['undefined'],
      '2.dtype': ['undefined'],
    },
  },
  Embedding: {
    call: (...args) => new (nn.Embedding as any)(...args),
    args: [rows, 1],
    passes: { '0': ['matrix tensor'], '1': ['undefined', 'null', '0', '1'] },
    optional: 1,
  },
  'embedding.forward': {
    call: (...args) => (table.forward as any).apply(table, args),
    args: [ids, nn.evaluating],
    names: ['embedding'],
    passes: { '1': ['undefined'] },
    optional: 1,
  },
  residual: {
    call: nn.residual as any,
    args: [nn.relu, { projection: nn.relu }],
    passes: { '0': functions, '1': options, '1.projection': ['undefined', ...functions] },
    optional: 1,
  },
  Residual: {
    call: (...args) => new (nn.Residual as any)(...args),
    args: [nn.relu, nn.relu],
    passes: { '0': functions, '1': ['undefined', 'null', ...functions] },
    optional: 1,
  },
  'residual.forward': {
    call: (...args) => (block.forward as any).apply(block, args),
    args: [rows, nn.evaluating],
    names: ['residual', 'relu'],
    passes: { '0': [...floats, 'bool tensor'], '1': ['undefined'] },
    optional: 1,
  },
  'residual.forwardWithState': {
    call: (...args) => (normed.forwardWithState as any).apply(normed, args),
    args: [rows, nn.training(key(1))],
    names: ['residual', 'batchNorm'],
    passes: { '0': ['matrix tensor', 'tensor of three axes'] },
  },
}
