import { tensor, type Tensor, trace, zeros } from '@cotangent/core'
import * as exported from '@cotangent/export'
import type { Call } from './calls'
import { floats, type Odd, objects, options, tensors } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const batches = floats.filter((name) => !/scalar|empty/.test(name))
const states: readonly Odd[] = objects.filter((name) => name !== 'cycle')
const connection = { bandwidth: 1, latency: 0 }
const machine = { peak: 1, efficiency: 1, memory: 1, hostSize: 1, inside: connection, across: connection, overlap: 0 }

export const exports: Record<string, Call> = {
  exportTraining: {
    call: exported.exportTraining as any,
    args: [
      (model: unknown, state: unknown, batch: Tensor) => [batch.sum(), model, state],
      { model: { w: x }, state: {}, batch: [zeros([4])], shardings: { w: 'data' } },
    ],
    passes: {
      '1.model': [],
      '1.state': states,
      '1.batch': batches,
      '1.shardings': ['undefined', 'empty object'],
    },
  },
  exportFunction: {
    call: exported.exportFunction as any,
    args: [() => x.mul(2), [x], { vjp: true }],
    optional: 1,
    passes: { '2': options, '2.vjp': ['undefined', 'true'] },
  },
  scalingPlan: {
    call: exported.scalingPlan as any,
    args: [trace((y: Tensor) => y.tanh(), x), { parameters: 0, batchSize: 1, devices: [1, 2], machine }],
    whole: [0],
    passes: {
      '1.parameters': ['undefined', '0', '1', '2', 'huge', '1e308'],
      '1.batchSize': ['1', '2', 'huge', '1e308'],
      '1.devices': ['empty array', 'numbers'],
    },
  },
  toStableHLO: {
    call: exported.toStableHLO as any,
    args: [trace((y: Tensor) => y.neg(), x), { name: 'step', root: '/', checkIndices: true }],
    whole: [0],
    optional: 1,
    passes: {
      '1': options,
      '1.name': ['undefined', 'text'],
      '1.root': ['undefined', 'text', 'empty text'],
      '1.checkIndices': ['undefined', 'true'],
    },
  },
  toONNX: {
    call: exported.toONNX as any,
    args: [trace((y: Tensor) => y.mul(2), x), { root: 'folder' }],
    optional: 1,
    passes: { '1': options, '1.root': ['undefined', 'text', 'empty text'] },
  },
  exportInference: {
    call: exported.exportInference as any,
    args: [(y: Tensor) => y.mul(2), x, { batch: 'symbolic', root: 'folder' }],
    optional: 1,
    passes: {
      '0': ['class'],
      '1': tensors,
      '2': options,
      '2.batch': ['undefined'],
      '2.root': ['undefined', 'text', 'empty text'],
    },
  },
}
