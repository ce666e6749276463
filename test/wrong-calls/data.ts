import { key, tensor, type Tensor, trace } from '@cotangent/core'
import * as data from '@cotangent/data'
import * as view from '@cotangent/view'
import type { Call } from './calls'

const x: Tensor = tensor([0.25, 0.5, 0.75, 1])
const labels: Tensor = tensor([0, 1, 0, 1], { dtype: 'int32' })

export const dataAndPictures: Record<string, Call> = {
  batches: {
    call: data.batches as any,
    args: [{ x }, { size: 2, shuffle: key(1), dropLast: false, epochs: 2, state: { epoch: 0, position: 2 } }],
    whole: [0],
    passes: {
      '0': ['vector tensor', 'matrix tensor', 'int32 tensor', 'bool tensor', 'tensor of three axes'],
      '1.size': ['1', '2', 'huge', '1e308'],
      '1.shuffle': ['undefined'],
      '1.dropLast': ['undefined', 'true'],
      '1.epochs': ['undefined', '1', '2', 'huge', '1e308', 'Infinity'],
      '1.state': ['undefined'],
    },
  },
  trainTestSplit: {
    call: data.trainTestSplit as any,
    args: [{ x }, { test: 0.5, shuffle: key(1), stratify: labels }],
    whole: [0],
    passes: { '1.test': ['0.5', '2'], '1.shuffle': ['undefined'], '1.stratify': ['undefined'] },
  },
  kFolds: {
    call: data.kFolds as any,
    args: [{ x }, { folds: 2, shuffle: key(1), stratify: labels }],
    whole: [0],
    passes: { '1.folds': ['2'], '1.shuffle': ['undefined'], '1.stratify': ['undefined'] },
  },
  toSVG: {
    call: view.toSVG as any,
    args: [trace((y: Tensor) => y.tanh(), x), { title: 'a picture' }],
    whole: [0],
    passes: { '1': ['undefined', 'empty object', 'bare object'], '1.title': ['undefined', 'text', 'empty text'] },
    optional: 1,
  },
}
