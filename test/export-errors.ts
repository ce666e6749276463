// Bad calls of exports, for errors.test.ts.

import { tensor, trace, type Tensor } from '@cotangent/core'
import { type Machine, scalingPlan } from '@cotangent/export'
import { factorProgram } from '../packages/export/src/factors/program'
import { structured } from '../packages/export/src/moves/structured'

const link = { bandwidth: 1, latency: 0 }
const machine: Machine = { peak: 1, efficiency: 1, memory: 1, hostSize: 8, inside: link, across: link, overlap: 0 }
const graph = trace((x: Tensor) => x.tanh(), tensor([1, 2]))
const twice = { input: 0, size: [2], from: { offset: 0, strides: [1] }, to: { offset: 0, strides: [0] }, adds: false }

export const badExports: Readonly<Record<string, () => unknown>> = {
  'scalingPlan for a part of a host': () => scalingPlan(graph, { batchSize: 1, devices: [8, 12], machine }),
  'scalingPlan without an efficiency': () =>
    scalingPlan(graph, { batchSize: 1, devices: [8], machine: { ...machine, efficiency: 0 } }),
  'a factorization that no program computes': () =>
    factorProgram({ name: 'schur', parameters: {} }, [graph.values[0]], graph.values[0]),
  'a move to one place that does not add': () => structured([twice], [[2]], [1], 'float32'),
}
