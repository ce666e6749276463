import { tensor, type Tensor, trace } from '@cotangent/core'
import { toStableHLO } from '@cotangent/export'
import type { Call } from './calls'
import { options } from './odd'

const graph = trace((x: Tensor) => x.neg(), tensor(1))

export const exports: Record<string, Call> = {
  toStableHLO: {
    call: toStableHLO as any,
    args: [graph, { name: 'step', root: '/', checkIndices: true }],
    whole: [0],
    optional: 1,
    passes: {
      '1': options,
      '1.name': ['undefined', 'text'],
      '1.root': ['undefined', 'text', 'empty text'],
      '1.checkIndices': ['undefined', 'true'],
    },
  },
}
