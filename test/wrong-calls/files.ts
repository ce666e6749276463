import { tensor, type Tensor } from '@cotangent/core'
import * as io from '@cotangent/io'
import type { Call } from './calls'
import { counts, options, tensors } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const tree = { w: x }
const bytes = io.toSafetensors(tree)
const file = await io.open(bytes)
const plain = io.toPlain(tree)
const naming = () => 'w'
const stream = {
  getWriter: () => ({ write: async () => undefined, close: async () => undefined, abort: async () => undefined }),
}
const loading: Omit<Call, 'call'> = {
  args: [bytes, tree, { names: naming, cast: true, maxBytes: 1000 }],
  whole: [1],
  optional: 1,
  passes: {
    '2': options,
    '2.names': ['undefined'],
    '2.cast': ['undefined', 'true'],
    '2.maxBytes': ['undefined', ...counts],
  },
}
const writing = (extra: object): Omit<Call, 'call'> => ({
  args: [tree, { dtype: 'float16', names: naming, ...extra }],
  whole: [0],
  optional: 1,
  passes: {
    '0': tensors,
    '1': options,
    '1.dtype': ['undefined'],
    '1.names': ['undefined'],
    '1.metadata': options,
    '1.compress': ['undefined', 'true'],
  },
})

export const files: Record<string, Call> = {
  load: { call: io.load as any, ...loading },
  loadPartial: { call: io.loadPartial as any, ...loading },
  open: {
    call: io.open as any,
    args: [bytes, { maxBytes: 1000 }],
    optional: 1,
    passes: { '1': options, '1.maxBytes': ['undefined', ...counts] },
  },
  save: {
    call: io.save as any,
    args: [tree, stream, { dtype: 'float32', names: naming, metadata: { a: 'b' }, maxShardBytes: 10 }],
    whole: [0, 1],
    optional: 1,
    passes: {
      '0': tensors,
      '2': options,
      '2.dtype': ['undefined'],
      '2.names': ['undefined'],
      '2.metadata': options,
      '2.maxShardBytes': ['undefined', ...counts],
      '2.format': ['undefined'],
      '2.compress': ['undefined', 'true'],
    },
  },
  toSafetensors: { call: io.toSafetensors as any, ...writing({ metadata: { a: 'b' } }) },
  toNpz: { call: io.toNpz as any, ...writing({ compress: true }) },
  toNpy: {
    call: io.toNpy as any,
    args: [x, { dtype: 'float16' }],
    optional: 1,
    passes: { '0': tensors, '1': options, '1.dtype': ['undefined'] },
  },
  toPlain: { call: io.toPlain as any, args: [tree], whole: [0], passes: { '0': tensors } },
  fromPlain: { call: io.fromPlain as any, args: [plain, tree], whole: [0, 1] },
  transferables: {
    call: io.transferables as any,
    args: [plain],
    whole: [0],
    passes: { '0': ['empty object', 'bare object'] },
  },
  pytorchNames: {
    call: io.pytorchNames as any,
    args: [[{ layer: Map, names: { weight: 'w' } }], { prefix: 'model.' }],
    optional: 1,
    passes: { '0': ['empty array'], '1': options, '1.prefix': ['undefined', 'text', 'empty text'] },
  },
  info: { call: (file.info as any).bind(file), args: ['w'] },
  tensor: {
    call: (file.tensor as any).bind(file),
    args: ['w', { dtype: 'float64' }],
    optional: 1,
    passes: { '1': options, '1.dtype': ['undefined'] },
  },
  close: { call: (file.close as any).bind(file), args: [] },
}
