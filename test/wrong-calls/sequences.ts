// Calls of layers of sequences.

import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import type { Call } from './calls'
import { counts, floats, functions, options, positive } from './odd'

const own = { key: key(1) }
const ones: Call['passes'] = { '0': ['1', '2'], '1': ['1', '2'] }
const rate = ['undefined', '0', '0.5'] as const
const cellOptions = {
  ...own,
  bias: true,
  initializer: nn.heUniform,
  recurrentInitializer: nn.heUniform,
  biasInitializer: nn.zerosInitializer,
  dtype: 'float32',
}
const cellPasses: Call['passes'] = {
  ...ones,
  '2.bias': ['undefined', 'true'],
  '2.initializer': ['undefined'],
  '2.recurrentInitializer': ['undefined'],
  '2.biasInitializer': ['undefined'],
  '2.dtype': ['undefined'],
}
const layerOptions = { ...cellOptions, layers: 2, bidirectional: true, dropout: 0.5 }
const layerPasses: Call['passes'] = {
  ...cellPasses,
  '2.layers': ['undefined', '1', '2'],
  '2.bidirectional': ['undefined', 'true'],
  '2.dropout': [...rate],
}
const activation: Call['passes'] = { '2.activation': ['undefined', ...functions] }
const x: Tensor = zeros([2, 3, 2])

/** The rows of a kind of recurrent layers. */
function recurrent(name: 'rnn' | 'gru' | 'lstm', gates: number): Record<string, Call> {
  const upper = name[0].toUpperCase() + name.slice(1)
  const all = nn as unknown as Record<string, any>
  const layer = all[name](2, 2, own)
  const cell = all[`${name}Cell`](2, 2, own)
  const state = name === 'lstm' ? [zeros([1, 2, 2]), zeros([1, 2, 2])] : zeros([1, 2, 2])
  const before = name === 'lstm' ? [zeros([2, 2]), zeros([2, 2])] : zeros([2, 2])
  const isRnn = name === 'rnn'
  const extra = isRnn ? { activation: nn.relu } : {}
  const bias = ['null'] as const
  const square = gates === 1 ? (['matrix tensor'] as const) : []
  return {
    [name]: {
      call: all[name],
      args: [2, 3, { ...layerOptions, ...extra }],
      passes: { ...layerPasses, ...(isRnn && activation) },
    },
    [`${name}Cell`]: {
      call: all[`${name}Cell`],
      args: [2, 3, { ...cellOptions, ...extra }],
      passes: { ...cellPasses, ...(isRnn && activation) },
    },
    [upper]: {
      call: (...args) => new all[upper](...args),
      args: [layer.layers, 0.5],
      passes: { '1': [...rate] },
      optional: 1,
    },
    [`${upper}Cell`]: {
      call: (...args) => new all[`${upper}Cell`](...args),
      args: [cell.weightIh, cell.weightHh, cell.biasIh, cell.biasHh, ...(isRnn ? [nn.relu] : [])],
      passes: { '0': square, '1': square, '2': bias, '3': bias, ...(isRnn && { '4': ['undefined', ...functions] }) },
      ...(isRnn && { optional: 1 }),
    },
    [`${name}.forward`]: {
      call: (...args) => layer.forward(...args),
      args: [x, nn.evaluating],
      names: [name],
      passes: { '0': ['matrix tensor', 'empty tensor', 'tensor of three axes'], '1': ['undefined'] },
      optional: 1,
    },
    [`${name}.run`]: {
      call: (...args) => layer.run(...args),
      args: [x, { state, lengths: tensor([1, 3], { dtype: 'int32' }), mode: nn.evaluating }],
      names: [name],
      passes: {
        '0': ['tensor of three axes'],
        '1': options,
        '1.state': ['undefined'],
        '1.lengths': ['undefined'],
        '1.mode': ['undefined'],
      },
      optional: 1,
    },
    [`${name}Cell.step`]: {
      call: (...args) => cell.step(...args),
      args: [before, zeros([2, 2])],
      names: [`${name}Cell`],
      passes: { '0': name === 'lstm' ? [] : ['matrix tensor'], '1': ['matrix tensor'] },
    },
  }
}

const attention = nn.multiHeadAttention(2, 1, own)
const block = nn.transformerBlock(2, 1, own)
const decoder = nn.transformerDecoderBlock(2, 1, own)
const masks = {
  mask: tensor([true, false, true]),
  keyMask: tensor([true, true, false]),
  causal: false,
  mode: nn.evaluating,
}
const maskPasses = (at: number): Call['passes'] => ({
  [at]: options,
  [`${at}.mask`]: ['undefined', 'bool tensor', 'scalar tensor', 'vector tensor'],
  [`${at}.keyMask`]: ['undefined', 'bool tensor'],
  [`${at}.causal`]: ['undefined', 'true'],
  [`${at}.mode`]: ['undefined'],
})
const blockOptions = {
  ...own,
  hidden: 3,
  activation: nn.relu,
  dropout: 0.5,
  normFirst: true,
  causal: true,
  epsilon: 1e-3,
  initializer: nn.heUniform,
  dtype: 'float32',
}
const blockPasses: Call['passes'] = {
  '0': ['1', '2'],
  '1': ['1', '2'],
  '2.hidden': ['undefined', '1', '2'],
  '2.activation': ['undefined', ...functions],
  '2.dropout': [...rate],
  '2.normFirst': ['undefined', 'true'],
  '2.causal': ['undefined', 'true'],
  '2.epsilon': ['undefined', ...positive],
  '2.initializer': ['undefined'],
  '2.dtype': ['undefined'],
}
const oneSequence = ['tensor of three axes'] as const
const sequences: Call['passes'] = { '0': ['matrix tensor', ...oneSequence], '1': ['undefined'] }
const constructed = (Class: any, args: readonly unknown[]): Call => ({
  call: (...given) => new Class(...given),
  args: [...args, 0.5, true],
  passes: { [args.length]: [...rate], [args.length + 1]: ['undefined', 'true'] },
  optional: 2,
})

export const sequenceLayers: Record<string, Call> = {
  ...recurrent('rnn', 1),
  ...recurrent('gru', 3),
  ...recurrent('lstm', 4),
  multiHeadAttention: {
    call: nn.multiHeadAttention as any,
    args: [2, 1, { ...own, dropout: 0.5, causal: true, bias: true, initializer: nn.heUniform, dtype: 'float32' }],
    passes: {
      '0': ['1', '2'],
      '1': ['1', '2'],
      '2.dropout': [...rate],
      '2.causal': ['undefined', 'true'],
      '2.bias': ['undefined', 'true'],
      '2.initializer': ['undefined'],
      '2.dtype': ['undefined'],
    },
  },
  MultiHeadAttention: {
    call: (...args) => new (nn.MultiHeadAttention as any)(...args),
    args: [attention.inWeight, attention.inBias, attention.outWeight, attention.outBias, 1, 0.5, true],
    passes: {
      '1': ['null'],
      '2': ['matrix tensor'],
      '3': ['null'],
      '4': ['1', '2'],
      '5': [...rate],
      '6': ['undefined', 'true'],
    },
    optional: 2,
  },
  'multiHeadAttention.forward': {
    call: (...args) => (attention.forward as any).apply(attention, args),
    args: [x, nn.evaluating],
    names: ['multiHeadAttention'],
    passes: { ...sequences, '0': [...sequences['0']!, 'empty tensor'] },
    optional: 1,
  },
  'multiHeadAttention.attend': {
    call: (...args) => (attention.attend as any).apply(attention, args),
    args: [x, x, x, masks],
    names: ['multiHeadAttention'],
    passes: { '0': oneSequence, ...maskPasses(3) },
    optional: 1,
  },
  transformerBlock: {
    call: nn.transformerBlock as any,
    args: [2, 1, blockOptions],
    names: ['dense'],
    passes: blockPasses,
  },
  transformerDecoderBlock: {
    call: nn.transformerDecoderBlock as any,
    args: [2, 1, blockOptions],
    names: ['dense'],
    passes: blockPasses,
  },
  TransformerBlock: constructed(nn.TransformerBlock, [block.attention, block.norm1, block.linear1, block.linear2, block.norm2]), // prettier-ignore
  TransformerDecoderBlock: constructed(nn.TransformerDecoderBlock, [decoder.attention, decoder.crossAttention, decoder.norm1, decoder.linear1, decoder.linear2, decoder.norm2, decoder.norm3]), // prettier-ignore
  'transformerBlock.forward': {
    call: (...args) => (block.forward as any).apply(block, args),
    args: [x, nn.evaluating],
    names: ['transformerBlock'],
    passes: { ...sequences, '0': [...sequences['0']!, 'empty tensor'] },
    optional: 1,
  },
  'transformerBlock.run': {
    call: (...args) => (block.run as any).apply(block, args),
    args: [x, masks],
    names: ['transformerBlock'],
    passes: { '0': oneSequence, ...maskPasses(1) },
    optional: 1,
  },
  'transformerDecoderBlock.run': {
    call: (...args) => (decoder.run as any).apply(decoder, args),
    args: [x, x, { ...masks, memoryMask: masks.mask, memoryKeyMask: masks.keyMask }],
    names: ['transformerDecoderBlock'],
    passes: {
      '0': oneSequence,
      ...maskPasses(2),
      '2.memoryMask': ['undefined', 'bool tensor', 'scalar tensor', 'vector tensor'],
      '2.memoryKeyMask': ['undefined', 'bool tensor'],
    },
    optional: 1,
  },
  sinusoidalEncoding: {
    call: nn.sinusoidalEncoding as any,
    args: [2, 4, { base: 100, dtype: 'float32' }],
    passes: {
      '0': ['0', '1', '2'],
      '1': ['1', '2'],
      '2': options,
      '2.base': ['undefined', ...positive],
      '2.dtype': ['undefined'],
    },
    optional: 1,
  },
  sinusoidalPositions: {
    call: nn.sinusoidalPositions as any,
    args: [4, { base: 100 }],
    passes: { '0': counts, '1': options, '1.base': ['undefined', ...positive] },
    optional: 1,
  },
  SinusoidalPositions: {
    call: (...args) => new (nn.SinusoidalPositions as any)(...args),
    args: [4, 100],
    passes: { '0': counts, '1': ['undefined', ...positive] },
    optional: 1,
  },
  'sinusoidalPositions.forward': {
    call: (...args) => (nn.sinusoidalPositions(2) as any).forward(...args),
    args: [x, nn.evaluating],
    names: ['sinusoidalPositions'],
    passes: { ...sequences, '0': [...sequences['0']!, 'empty tensor'] },
    optional: 1,
  },
  learnedPositions: {
    call: nn.learnedPositions as any,
    args: [3, 4, { ...own, initializer: nn.heUniform, dtype: 'float32' }],
    passes: { ...ones, '2.initializer': ['undefined'], '2.dtype': ['undefined'] },
  },
  LearnedPositions: {
    call: (...args) => new (nn.LearnedPositions as any)(...args),
    args: [zeros([3, 2])],
    passes: { '0': ['matrix tensor', 'empty tensor'] },
  },
  'learnedPositions.forward': {
    call: (...args) => (nn.learnedPositions(3, 2, own) as any).forward(...args),
    args: [x, nn.evaluating],
    names: ['learnedPositions'],
    passes: { ...sequences, '0': [...sequences['0']!, 'empty tensor'] },
    optional: 1,
  },
  rotary: {
    call: nn.rotary as any,
    args: [x, { base: 100, start: 1, pairs: 'halves' }],
    passes: {
      '0': floats.filter((name) => /matrix|three|empty/.test(name)),
      '1': options,
      '1.base': ['undefined', ...positive],
      '1.start': ['undefined', '0', '1', '2', 'huge'],
      '1.pairs': ['undefined'],
    },
    optional: 1,
  },
}
