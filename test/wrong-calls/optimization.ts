import { tensor, type Tensor } from '@cotangent/core'
import * as optim from '@cotangent/optim'
import type { Call } from './calls'
import { counts, floats, functions, notNegative, objects, options, positive } from './odd'

const x: Tensor = tensor([0.25, 0.5])
const model = { w: x }
const rule = optim.clipByValue(1)
const descent = optim.sgd({ learningRate: 0.1, momentum: 0.5 })
const state = descent.init(model) as unknown
const at = tensor(3, { dtype: 'int32' })
const scheduleOf = (schedule: any): Call => ({ call: schedule, args: [at], passes: { '0': ['scalar tensor'] } })
const stateless = (name: string, made: any): Record<string, Call> => ({
  [`${name}.init`]: { call: (...args) => made.init(...args), args: [model], whole: [0], passes: { '0': objects } },
  [`${name}.update`]: {
    isWalk: true,
    call: (...args) => made.update(...args),
    args: [model, null, model],
    whole: [0, 2],
    passes: { '1': ['null'] },
  },
})

export const optimization: Record<string, Call> = {
  sgd: {
    call: optim.sgd as any,
    args: [{ learningRate: 0.1, momentum: 0.5, nesterov: true, weightDecay: 0.1, clip: rule, where: () => true }],
    passes: {
      '0.learningRate': [...notNegative, ...functions],
      '0.momentum': ['0.5'],
      '0.nesterov': ['undefined', 'true'],
      '0.weightDecay': ['undefined', ...notNegative],
      '0.clip': ['undefined'],
      '0.where': ['undefined', ...functions],
    },
  },
  optimizer: { call: optim.optimizer as any, args: [rule], whole: [0] },
  'optimizer.init': {
    isWalk: true,
    call: (...args) => (descent.init as any)(...args),
    args: [model],
    whole: [0],
    passes: { '0': floats },
  },
  'optimizer.update': {
    isWalk: true,
    call: (...args) => (descent.update as any)(...args),
    args: [model, model, state],
    whole: [0, 1],
  },
  chain: { call: optim.chain as any, args: [rule, rule], whole: [0, 1], isVariadic: true, optional: 2 },
  onlyWhere: { call: optim.onlyWhere as any, args: [() => true], passes: { '0': functions } },
  clipByValue: { call: optim.clipByValue as any, args: [1], passes: { '0': positive } },
  clipByGlobalNorm: { call: optim.clipByGlobalNorm as any, args: [1], passes: { '0': positive } },
  globalNorm: { isWalk: true, call: optim.globalNorm as any, args: [model, model], whole: [0, 1], passes: { '0': [], '1': ['undefined'] }, optional: 1 }, // prettier-ignore
  addWeightDecay: {
    call: optim.addWeightDecay as any,
    args: [0.1, () => true],
    passes: { '0': notNegative, '1': ['undefined', ...functions] },
    optional: 1,
  },
  addMomentum: {
    call: optim.addMomentum as any,
    args: [0.5, { nesterov: true }],
    passes: { '0': ['0', '0.5'], '1': options, '1.nesterov': ['undefined', 'true'] },
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
