import { tensor, type Tensor, trace } from '@cotangent/core'
import * as exporting from '@cotangent/export'
import type { Call } from './calls'

const link = { bandwidth: 1, latency: 0 }
const machine = { peak: 1, efficiency: 1, memory: 1, hostSize: 1, inside: link, across: link, overlap: 0 }

export const exports: Record<string, Call> = {
  scalingPlan: {
    call: exporting.scalingPlan as any,
    args: [
      trace((x: Tensor) => x.tanh(), tensor([0.25, 0.5])),
      { parameters: 0, batchSize: 1, devices: [1, 2], machine },
    ],
    whole: [0],
    passes: {
      '1.parameters': ['undefined', '0', '1', '2', 'huge', '1e308'],
      '1.batchSize': ['1', '2', 'huge', '1e308'],
      '1.devices': ['empty array', 'numbers'],
    },
  },
}
