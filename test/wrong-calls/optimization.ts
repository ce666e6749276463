import { tensor, type Tensor } from '@cotangent/core'
import * as optim from '@cotangent/optim'
import type { Call } from './calls'
import { counts, finite, floats, functions, notNegative, objects, type Odd, options, positive } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const model = { w: x }
const rule = optim.clipByValue(1)
const descent = optim.sgd({ learningRate: 0.1, momentum: 0.5 })
const state = descent.init(model)
const at = tensor(3, { dtype: 'int32' })
const scheduleOf = (schedule: any): Call => ({ call: schedule, args: [at], passes: { '0': ['scalar tensor'] } })
const stateless = (name: string, made: any): Record<string, Call> => ({
  [`${name}.init`]: { call: (...args) => made.init(...args), args: [model], whole: [0], passes: { '0': objects } },
  [`${name}.update`]: {
    call: (...args) => made.update(...args),
    args: [model, null, model],
    whole: [0, 2],
    passes: { '1': ['null'] },
  },
})

// Options that all optimizers take, and the odd values that each accepts.
const given = { learningRate: 0.1, weightDecay: 0.1, decayWhere: () => true, clip: rule, maximize: true, where: () => true } // prettier-ignore
const passing: Record<string, readonly Odd[]> = {
  '0': ['undefined', ...options],
  '0.learningRate': ['undefined', ...notNegative, ...functions],
  '0.weightDecay': ['undefined', ...notNegative],
  '0.decayWhere': ['undefined', ...functions],
  '0.clip': ['undefined'],
  '0.maximize': ['undefined', 'true'],
  '0.where': ['undefined', ...functions],
}
const shares: readonly Odd[] = ['undefined', '0', '0.5']
const maybe: readonly Odd[] = ['undefined', ...notNegative]
const maybePositive: readonly Odd[] = ['undefined', ...positive]
const maybeFlag: readonly Odd[] = ['undefined', 'true']
const maybeCount: readonly Odd[] = ['undefined', ...counts]
const small: readonly Odd[] = ['1', '2']
const descentOf = (call: unknown, more: object, passes: Record<string, readonly Odd[]>): Call => ({
  call: call as any,
  args: [{ ...given, ...more }],
  passes: { ...passing, ...passes },
  optional: 1,
})
const moments = { beta1: 0.9, beta2: 0.99, epsilon: 1e-8 }
const ofMoments: Record<string, readonly Odd[]> = { '0.beta1': shares, '0.beta2': shares, '0.epsilon': maybe }
const scaling = (call: unknown, more: object, passes: Record<string, readonly Odd[]>): Call => ({
  call: call as any,
  args: [more],
  passes: { '0': ['undefined', ...options], ...passes },
  optional: 1,
})
const muon = { steps: 2, coefficients: [1, 2, 3], epsilon: 1e-7 }
const ofMuon: Record<string, readonly Odd[]> = {
  '0.steps': ['undefined', ...small] as Odd[],
  '0.coefficients': ['undefined'] as Odd[],
  '0.epsilon': maybePositive,
}
const fitted = { where: () => true, optimizer: descent }

export const optimization: Record<string, Call> = {
  adam: descentOf(optim.adam, { ...moments, amsgrad: true }, { ...ofMoments, '0.amsgrad': maybeFlag }),
  adamw: descentOf(optim.adamw, { ...moments, amsgrad: true }, { ...ofMoments, '0.amsgrad': maybeFlag }),
  nadam: descentOf(optim.nadam, { ...moments, decoupled: true, momentumDecay: 0.1 }, { ...ofMoments, '0.decoupled': maybeFlag, '0.momentumDecay': maybe }), // prettier-ignore
  radam: descentOf(optim.radam, { ...moments, decoupled: true }, { ...ofMoments, '0.decoupled': maybeFlag }),
  adamax: descentOf(optim.adamax, moments, ofMoments),
  lamb: descentOf(optim.lamb, moments, ofMoments),
  lion: descentOf(optim.lion, { beta1: 0.9, beta2: 0.99 }, { '0.beta1': shares, '0.beta2': shares }),
  rmsprop: descentOf(optim.rmsprop, { decay: 0.9, epsilon: 1e-8, centered: true, momentum: 0.5 }, { '0.decay': shares, '0.epsilon': maybe, '0.centered': maybeFlag, '0.momentum': shares }), // prettier-ignore
  adagrad: descentOf(optim.adagrad, { initial: 1, epsilon: 1e-8 }, { '0.initial': maybe, '0.epsilon': maybe }),
  adadelta: descentOf(optim.adadelta, { decay: 0.9, epsilon: 1e-8 }, { '0.decay': shares, '0.epsilon': maybePositive }),
  muon: descentOf(optim.muon, { ...muon, momentum: 0.5, nesterov: true, adjust: 'adamw' }, { ...ofMuon, '0.momentum': shares, '0.nesterov': maybeFlag, '0.adjust': ['undefined'] }), // prettier-ignore
  adafactor: descentOf(optim.adafactor, { decay: 0.8, epsilon: 1e-8, least: 1, limit: 1 }, { '0.decay': maybe, '0.epsilon': maybePositive, '0.least': maybePositive, '0.limit': maybePositive }), // prettier-ignore
  scaleByAdam: scaling(optim.scaleByAdam, { ...moments, amsgrad: true }, { ...ofMoments, '0.amsgrad': maybeFlag }),
  scaleByNadam: scaling(optim.scaleByNadam, { ...moments, momentumDecay: 1 }, { ...ofMoments, '0.momentumDecay': maybe }), // prettier-ignore
  scaleByRadam: scaling(optim.scaleByRadam, moments, ofMoments),
  scaleByAdamax: scaling(optim.scaleByAdamax, moments, ofMoments),
  scaleByRms: scaling(optim.scaleByRms, { decay: 0.9, epsilon: 1, centered: true }, { '0.decay': shares, '0.epsilon': maybe, '0.centered': maybeFlag }), // prettier-ignore
  scaleByAdagrad: scaling(optim.scaleByAdagrad, { initial: 1, epsilon: 1 }, { '0.initial': maybe, '0.epsilon': maybe }),
  scaleByAdadelta: scaling(optim.scaleByAdadelta, { decay: 0.9, epsilon: 1 }, { '0.decay': shares, '0.epsilon': maybePositive }), // prettier-ignore
  scaleByLion: scaling(optim.scaleByLion, { beta1: 0.9, beta2: 0.9 }, { '0.beta1': shares, '0.beta2': shares }),
  scaleByFactoredRms: scaling(optim.scaleByFactoredRms, { decay: 0.8, epsilon: 1 }, { '0.decay': maybe, '0.epsilon': maybePositive }), // prettier-ignore
  orthogonalize: scaling(optim.orthogonalize, muon, ofMuon),
  scaleByTrustRatio: { call: optim.scaleByTrustRatio as any, args: [] },
  scaleByParameterRms: { call: optim.scaleByParameterRms as any, args: [1], passes: { '0': maybePositive }, optional: 1 }, // prettier-ignore
  scaleBy: { call: optim.scaleBy as any, args: [-1], passes: { '0': finite } },
  clipByNorm: { call: optim.clipByNorm as any, args: [1], passes: { '0': positive } },
  clipByRms: { call: optim.clipByRms as any, args: [1], passes: { '0': positive } },
  clipAdaptively: {
    call: optim.clipAdaptively as any,
    args: [1, { least: 1 }],
    passes: { '0': positive, '1': ['undefined', ...options], '1.least': maybePositive },
    optional: 1,
  },
  averageGradients: {
    call: optim.averageGradients as any,
    args: [0.5, { nesterov: true }],
    passes: { '0': ['0', '0.5'], '1': ['undefined', ...options], '1.nesterov': maybeFlag },
    optional: 1,
  },
  mapParameters: {
    call: optim.mapParameters as any,
    args: [(leaf: unknown) => leaf, model, model],
    whole: [1, 2],
    passes: { '0': functions, '1': objects },
    isVariadic: true,
    optional: 1,
  },
  perGroup: { call: optim.perGroup as any, args: [{ all: fitted }], whole: [0] },
  lookahead: {
    call: optim.lookahead as any,
    args: [descent, { every: 2, rate: 0.5 }],
    whole: [0],
    passes: {
      '1': ['undefined', ...options],
      '1.every': ['undefined', ...small],
      '1.rate': ['undefined', '0', '0.5', '1'],
    },
    optional: 1,
  },
  accumulate: {
    call: optim.accumulate as any,
    args: [descent, { every: 2 }],
    whole: [0],
    passes: { '1.every': counts },
  },
  averageParameters: {
    call: optim.averageParameters as any,
    args: [model, model, { decay: 0.5 }],
    whole: [0, 1],
    passes: { '2.decay': ['0', '0.5'] },
  },
  lbfgs: scaling(
    optim.lbfgs,
    { learningRate: 1, iterations: 2, evaluations: 3, gradientTolerance: 1, changeTolerance: 1, history: 2, lineSearch: 'none' },
    {
      '0.learningRate': maybePositive,
      '0.iterations': maybeCount,
      '0.evaluations': maybeCount,
      '0.gradientTolerance': maybe,
      '0.changeTolerance': maybe,
      '0.history': maybeCount,
      '0.lineSearch': ['undefined'],
    },
  ), // prettier-ignore
  plateau: scaling(
    optim.plateau,
    { mode: 'max', factor: 0.5, patience: 1, threshold: 0.1, absolute: true, cooldown: 1, minimum: 0 },
    {
      '0.mode': ['undefined'],
      '0.factor': ['undefined', '0', '0.5', '1'],
      '0.patience': ['undefined', '0', ...small],
      '0.threshold': maybe,
      '0.absolute': maybeFlag,
      '0.cooldown': ['undefined', '0', ...small],
      '0.minimum': maybe,
    },
  ),
  inverseTimeSchedule: { call: optim.inverseTimeSchedule as any, args: [0.1, { decay: 1 }], passes: { '0': notNegative, '1.decay': notNegative } }, // prettier-ignore
  linearSchedule: { call: optim.linearSchedule as any, args: [0.1, { end: 1, steps: 2 }], passes: { '0': notNegative, '1.end': notNegative, '1.steps': counts } }, // prettier-ignore
  polynomialSchedule: {
    call: optim.polynomialSchedule as any,
    args: [0.1, { steps: 2, power: 2, minimum: 0 }],
    passes: { '0': notNegative, '1.steps': counts, '1.power': maybePositive, '1.minimum': maybe },
  },
  restartSchedule: {
    call: optim.restartSchedule as any,
    args: [0.1, { steps: 2, factor: 2, minimum: 0 }],
    passes: { '0': notNegative, '1.steps': counts, '1.factor': maybeCount, '1.minimum': maybe },
  },
  oneCycleSchedule: {
    call: optim.oneCycleSchedule as any,
    args: [0.1, { steps: 10, warmup: 0.5, start: 0.01, end: 0.001 }],
    passes: { '0': notNegative, '1.steps': counts, '1.warmup': ['undefined', '0.5'], '1.start': maybePositive, '1.end': maybePositive }, // prettier-ignore
  },
  joinSchedules: { call: optim.joinSchedules as any, args: [[optim.constantSchedule(1), optim.constantSchedule(2)], { at: [3] }], whole: [0] }, // prettier-ignore
  sgd: {
    call: optim.sgd as any,
    args: [{ ...given, momentum: 0.5, nesterov: true, dampening: 0 }],
    passes: {
      ...passing,
      '0': [],
      '0.learningRate': [...notNegative, ...functions],
      '0.momentum': ['0.5'],
      '0.nesterov': maybeFlag,
      '0.dampening': ['undefined', '0'],
    },
  },
  optimizer: { call: optim.optimizer as any, args: [rule], whole: [0] },
  'optimizer.init': {
    call: (...args) => (descent.init as any)(...args),
    args: [model],
    whole: [0],
    passes: { '0': floats },
  },
  'optimizer.update': {
    call: (...args) => (descent.update as any)(...args),
    args: [model, model, state],
    whole: [0, 1],
  },
  chain: { call: optim.chain as any, args: [rule, rule], whole: [0, 1], isVariadic: true, optional: 2 },
  onlyWhere: { call: optim.onlyWhere as any, args: [() => true], passes: { '0': functions } },
  clipByValue: { call: optim.clipByValue as any, args: [1], passes: { '0': positive } },
  clipByGlobalNorm: { call: optim.clipByGlobalNorm as any, args: [1], passes: { '0': positive } },
  globalNorm: { call: optim.globalNorm as any, args: [model, model], whole: [0, 1], passes: { '0': [], '1': ['undefined'] }, optional: 1 }, // prettier-ignore
  addWeightDecay: {
    call: optim.addWeightDecay as any,
    args: [0.1, () => true],
    passes: { '0': [...notNegative, ...functions], '1': ['undefined', ...functions] },
    optional: 1,
  },
  addMomentum: {
    call: optim.addMomentum as any,
    args: [0.5, { nesterov: true, dampening: 0 }],
    passes: { '0': ['0', '0.5'], '1': options, '1.nesterov': maybeFlag, '1.dampening': ['undefined', '0'] },
    optional: 1,
  },
  scaleByLearningRate: {
    call: optim.scaleByLearningRate as any,
    args: [0.5],
    passes: { '0': [...notNegative, ...functions] },
  },
  'the result of a schedule': {
    call: (rate: unknown) => {
      const made = optim.scaleByLearningRate((() => rate) as any)
      return made.update(model, made.init(model), model)
    },
    args: [tensor(0.5)],
    isVariadic: true,
    names: ['scaleByLearningRate'],
    passes: { '0': ['scalar tensor'] },
  },
  ...stateless('clipByValue', rule),
  ...stateless('clipByGlobalNorm', optim.clipByGlobalNorm(1)),
  ...stateless(
    'onlyWhere',
    optim.onlyWhere(() => true),
  ),
  ...stateless('addWeightDecay', optim.addWeightDecay(1)),
  ...stateless('scaleByLearningRate', optim.scaleByLearningRate(1)),
  constantSchedule: { call: optim.constantSchedule as any, args: [0.1], passes: { '0': notNegative } },
  stepSchedule: {
    call: optim.stepSchedule as any,
    args: [0.1, { every: 2, factor: 0.5 }],
    passes: { '0': notNegative, '1.every': counts, '1.factor': notNegative },
  },
  exponentialSchedule: {
    call: optim.exponentialSchedule as any,
    args: [0.1, { factor: 0.5 }],
    passes: { '0': notNegative, '1.factor': notNegative },
  },
  cosineSchedule: {
    call: optim.cosineSchedule as any,
    args: [0.1, { steps: 10, minimum: 0 }],
    passes: { '0': notNegative, '1.steps': counts, '1.minimum': ['undefined', ...notNegative] },
  },
  'constantSchedule(0.1)': { ...scheduleOf(optim.constantSchedule(0.1)), names: ['constantSchedule'] },
  'stepSchedule(0.1)': { ...scheduleOf(optim.stepSchedule(0.1, { every: 1, factor: 1 })), names: ['stepSchedule'] },
  'exponentialSchedule(0.1)': { ...scheduleOf(optim.exponentialSchedule(0.1, { factor: 1 })), names: ['exponentialSchedule'] }, // prettier-ignore
  'cosineSchedule(0.1)': { ...scheduleOf(optim.cosineSchedule(0.1, { steps: 5 })), names: ['cosineSchedule'] },
}
