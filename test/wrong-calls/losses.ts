import { key, tensor, type Tensor, zeros } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import type { Call } from './calls'
import { notNegative, type Odd, options, positive } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const signs: Tensor = tensor([1, -1])
const rows: Tensor = tensor([[0.25, 0.75], [0.5, 0.5]]) // prettier-ignore
const logs: Tensor = tensor([[-1, -2], [-0.5, -1]]) // prettier-ignore
const labels: Tensor = tensor([0, 1], { dtype: 'int32' })
const sequences: Tensor = zeros([2, 3, 3])
const targets: Tensor = tensor([[1], [2]], { dtype: 'int32' })

const reduction = { reduction: 'mean' }
const anywhere: readonly Odd[] = ['undefined', 'NaN', 'Infinity', '-1', '0', '0.5', '1', '2', 'huge', '1e308']
const whole: readonly Odd[] = ['undefined', '-1', '2']
const share: readonly Odd[] = ['undefined', '0', '0.5', '1']
const one: readonly Odd[] = ['undefined', '0.5', '1', '2', 'huge', '1e308']

/** What the options of all losses take, behind `count` arguments. */
const passes = (count: number, more: Record<string, readonly Odd[]> = {}): Call['passes'] =>
  Object.fromEntries([
    [`${count}`, options],
    [`${count}.reduction`, ['undefined']],
    ...Object.entries(more).map(([name, odd]) => [`${count}.${name}`, odd] as const),
  ])

const entry = (loss: unknown, more: object = {}, odd: Record<string, readonly Odd[]> = {}, y = x): Call => ({
  call: loss as Call['call'],
  args: [x, y, { weights: x, ignore: 9, ...reduction, ...more }],
  passes: passes(2, { weights: ['undefined', 'scalar tensor'], ignore: anywhere, ...odd }),
  optional: 1,
})
const classes = (loss: unknown, more: object = {}, odd: Record<string, readonly Odd[]> = {}, scores = rows): Call => ({
  call: loss as Call['call'],
  args: [scores, labels, { weights: x, ignore: 9, ...reduction, ...more }],
  passes: {
    ...passes(2, { weights: ['undefined'], ignore: [...whole, '0', '1'], ...odd }),
    '0': scores === logs ? [] : ['matrix tensor'],
  },
  optional: 1,
})
const vectors = (loss: unknown, more: object, odd: Record<string, readonly Odd[]>, count: number): Call => ({
  call: loss as Call['call'],
  args: [...Array.from({ length: count }, () => rows), { weights: x, ...reduction, ...more }],
  passes: {
    ...passes(count, { weights: ['undefined', 'scalar tensor'], ...odd }),
    ...Object.fromEntries(Array.from({ length: count }, (_, i) => [`${i}`, ['matrix tensor'] as const])),
  },
  optional: 1,
})
const decisions = (metric: unknown): Call => ({
  call: metric as Call['call'],
  args: [labels, labels, { average: 'macro', classes: 2, zeroDivision: 0 }],
  passes: {
    '0': ['matrix tensor'],
    '1': ['matrix tensor'],
    '2': options,
    '2.average': ['undefined'],
    '2.classes': ['2'],
    '2.zeroDivision': [...share, 'NaN'],
  },
  optional: 1,
})
const drawing = (initialize: nn.Initializer, name?: string): Call => ({
  call: initialize as any,
  args: [key(1), [2, 3], 'float32'],
  passes: { '1': name === 'truncatedNormalInitializer' ? ['numbers', 'empty array'] : ['numbers'] },
  ...(name !== undefined && { names: [name] }),
})

export const losses: Record<string, Call> = {
  mse: entry(nn.mse),
  mae: entry(nn.mae),
  huberLoss: entry(nn.huberLoss, { delta: 1 }, { delta: one }),
  smoothL1Loss: entry(nn.smoothL1Loss, { beta: 1 }, { beta: ['undefined', ...notNegative] }),
  poissonNllLoss: entry(
    nn.poissonNllLoss,
    { logInput: true, full: true, epsilon: 1 },
    { logInput: ['undefined', 'true'], full: ['undefined', 'true'], epsilon: ['undefined', ...notNegative] },
  ),
  hingeLoss: entry(nn.hingeLoss, { margin: 1, p: 1 }, { margin: one, p: ['undefined', '1', '2'] }, signs),
  logLoss: entry(
    nn.logLoss,
    { fromLogits: false, positiveWeight: 1, labelSmoothing: 0 },
    { fromLogits: ['undefined', 'true'], positiveWeight: [...one, 'scalar tensor'], labelSmoothing: share },
  ),
  focalLoss: entry(
    nn.focalLoss,
    { gamma: 1, alpha: 0.5, labelSmoothing: 0 },
    { gamma: ['undefined', ...notNegative], alpha: ['null', ...share], labelSmoothing: share },
  ),
  softmaxCrossEntropy: classes(nn.softmaxCrossEntropy, { labelSmoothing: 0 }, { labelSmoothing: share }),
  'softmaxCrossEntropy of rows': {
    call: nn.softmaxCrossEntropy as any,
    args: [rows, rows, { weights: x, labelSmoothing: 0, ...reduction }],
    names: ['softmaxCrossEntropy'],
    passes: { ...passes(2, { weights: ['undefined'], labelSmoothing: share }), '0': ['matrix tensor'] },
    optional: 1,
  },
  nllLoss: classes(nn.nllLoss, { labelSmoothing: 0 }, { labelSmoothing: share }, logs),
  softmaxFocalLoss: classes(nn.softmaxFocalLoss, { gamma: 1 }, { gamma: ['undefined', ...notNegative] }),
  multiMarginLoss: classes(nn.multiMarginLoss, { margin: 1, p: 1 }, { margin: one, p: ['undefined', '1', '2'] }),
  multiclassHingeLoss: classes(
    nn.multiclassHingeLoss,
    { margin: 1, p: 1 },
    { margin: one, p: ['undefined', '1', '2'] },
  ),
  klDivergence: {
    call: nn.klDivergence as any,
    args: [logs, rows, { weights: x, logTarget: false, ...reduction }],
    passes: passes(2, { weights: ['undefined', 'scalar tensor'], logTarget: ['undefined'] }),
    optional: 1,
  },
  cosineEmbeddingLoss: {
    call: nn.cosineEmbeddingLoss as any,
    args: [rows, rows, signs, { weights: x, margin: 0, ...reduction }],
    passes: {
      ...passes(3, { weights: ['undefined', 'scalar tensor'], margin: ['-1', ...share] }),
      '0': ['matrix tensor'],
      '1': ['matrix tensor'],
    },
    optional: 1,
  },
  tripletMarginLoss: vectors(
    nn.tripletMarginLoss,
    { margin: 1, p: 2, swap: true, epsilon: 0.1 },
    { margin: one, p: one, swap: ['undefined', 'true'], epsilon: ['undefined', ...notNegative] },
    3,
  ),
  infoNceLoss: vectors(
    nn.infoNceLoss,
    { temperature: 1, bothDirections: true, normalize: true, labelSmoothing: 0 },
    {
      temperature: [...one, 'scalar tensor'],
      bothDirections: ['undefined', 'true'],
      normalize: ['undefined', 'true'],
      labelSmoothing: share,
    },
    2,
  ),
  ctcLoss: {
    call: nn.ctcLoss as any,
    args: [
      sequences,
      targets,
      {
        inputLengths: tensor([3, 2], { dtype: 'int32' }),
        targetLengths: tensor([1, 1], { dtype: 'int32' }),
        blank: 0,
        zeroInfinity: true,
        weights: x,
        ...reduction,
      },
    ],
    passes: passes(2, {
      inputLengths: ['undefined'],
      targetLengths: ['undefined'],
      blank: ['undefined', '0'],
      zeroInfinity: ['undefined', 'true'],
      weights: ['undefined', 'scalar tensor'],
    }),
    optional: 1,
  },
  precision: decisions(nn.precision),
  recall: decisions(nn.recall),
  f1: decisions(nn.f1),
  topKAccuracy: {
    call: nn.topKAccuracy as any,
    args: [rows, labels, 1],
    passes: { '0': ['matrix tensor'], '2': ['1', '2'] },
  },
  rocAuc: { call: nn.rocAuc as any, args: [x, labels] },
  averagePrecision: { call: nn.averagePrecision as any, args: [x, labels] },
  r2Score: { call: nn.r2Score as any, args: [x, x] },
  perplexity: {
    call: nn.perplexity as any,
    args: [rows, labels, { ignore: 9 }],
    passes: { '0': ['matrix tensor'], '2': options, '2.ignore': [...whole, '0', '1'] },
    optional: 1,
  },
  truncatedNormalInitializer: { call: nn.truncatedNormalInitializer as any, args: [1], passes: { '0': positive } },
  orthogonalInitializer: {
    call: nn.orthogonalInitializer as any,
    args: [1],
    passes: { '0': ['undefined', ...positive] },
    optional: 1,
  },
  'truncatedNormalInitializer(1)': drawing(nn.truncatedNormalInitializer(1), 'truncatedNormalInitializer'),
  'orthogonalInitializer(1)': drawing(nn.orthogonalInitializer(1), 'orthogonalInitializer'),
  glorotTruncatedNormal: drawing(nn.glorotTruncatedNormal),
  heTruncatedNormal: drawing(nn.heTruncatedNormal),
  lecunTruncatedNormal: drawing(nn.lecunTruncatedNormal),
  pytorchUniform: drawing(nn.pytorchUniform),
}
