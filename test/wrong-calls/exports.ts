import { tensor, type Tensor, zeros } from '@cotangent/core'
import * as exported from '@cotangent/export'
import type { Call } from './calls'
import { floats, type Odd, objects, options } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const batches = floats.filter((name) => !/scalar|empty/.test(name))
const states: readonly Odd[] = objects.filter((name) => name !== 'cycle')

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
}
