// Calls written wrongly in every way that a caller without types can think of. Each is an error that the called function throws
// in its own name; what may pass is listed, argument by argument.

import * as core from '@cotangent/core'
import { CotangentError, key, sum, tensor, type Tensor } from '@cotangent/core'
import * as nn from '@cotangent/nn'
import * as optim from '@cotangent/optim'
import { describe, expect, it } from 'vitest'

class Instance {
  readonly field = 1
}

const f = (x: Tensor) => (x instanceof core.Tensor ? sum(x.mul(x)) : core.zeros([]))
const x: Tensor = tensor([0.25, 0.5])
const rows: Tensor = tensor([
  [0.25, 0.75],
  [0.5, 0.5],
])
const labels: Tensor = tensor([0, 1], { dtype: 'int32' })

const odd: Readonly<Record<string, unknown>> = {
  undefined,
  null: null,
  text: 'relu',
  'empty text': '',
  bigint: 1n,
  symbol: Symbol('odd'),
  true: true,
  NaN,
  Infinity,
  '-1': -1,
  '0': 0,
  '0.5': 0.5,
  '1': 1,
  '2': 2,
  '1e308': 1e308,
  'empty object': {},
  'bare object': Object.create(null),
  'unknown option': { dim: 0 },
  instance: new Instance(),
  'empty array': [],
  numbers: [1, 2],
  'array of null': [null],
  hole: new Array(1),
  'typed array': new Float32Array(2),
  date: new Date(0),
  map: new Map(),
  regexp: /x/,
  error: new Error('odd'),
  'scalar tensor': tensor(0.5),
  'vector tensor': tensor([0.25, 0.5, 0.75]),
  'int32 tensor': tensor([3, -1, 7], { dtype: 'int32' }),
  'bool tensor': tensor([true, false, true]),
  'empty tensor': core.zeros([0, 2]),
  'tensor of three axes': core.zeros([2, 2, 2]),
  'nothing function': () => undefined,
  class: Instance,
}

const numbers = ['NaN', 'Infinity', '-1', '0', '0.5', '1', '2', '1e308']
const tensors = Object.keys(odd).filter((name) => odd[name] instanceof core.Tensor)
const functions = ['nothing function']
const objects = Object.keys(odd).filter((name) => typeof odd[name] === 'object' && odd[name] !== null)
const options = ['undefined', 'empty object', 'bare object']
const notNegative = ['0', '0.5', '1', '2', '1e308']
const positive = notNegative.slice(1)

interface Call {
  /** What stands in the brackets of its errors, besides the name of the call. */
  readonly names?: readonly string[]
  readonly call: (...args: any[]) => unknown
  readonly args: readonly unknown[]
  /** What may pass in the place of each argument, or of each option of it: `2.key` is the option `key` of argument 2. */
  readonly passes?: Readonly<Record<string, readonly string[]>>
  /** Any number of arguments more may follow. */
  readonly isVariadic?: boolean
  /** How many of the arguments may be left out. */
  readonly optional?: number
}

const apply =
  (transform: any) =>
  (...args: unknown[]) =>
    transform(...args)(x)

const transforms: Record<string, Call> = {
  grad: {
    call: apply(core.grad),
    args: [f, { argument: 0, where: () => true, aux: false, disconnected: 'throw' }],
    passes: { '1': options, '1.argument': ['undefined', '0'], '1.where': ['undefined'], '1.aux': ['undefined'], '1.disconnected': ['undefined'] }, // prettier-ignore
    optional: 1,
  },
  valueAndGrad: {
    call: apply(core.valueAndGrad),
    args: [f, { argument: [0] }],
    passes: { '1': options, '1.argument': ['undefined', '0'] },
    optional: 1,
  },
  vjp: {
    call: (...args) => (core.vjp as any)(...args)[1](tensor(1)),
    args: [f, x],
    passes: { '1': ['scalar tensor', 'vector tensor', 'empty tensor', 'tensor of three axes'] },
    isVariadic: true,
  },
  pullback: {
    call: core.vjp(f, x)[1] as any,
    args: [tensor(1)],
    names: ['vjp'],
    passes: { '0': ['scalar tensor'] },
  },
  jvp: { call: core.jvp as any, args: [f, [x], [x]] },
  hvp: { call: core.hvp as any, args: [f, x, x], isVariadic: true },
  jacobian: { call: apply(core.jacobian), args: [f] },
  hessian: { call: apply(core.hessian), args: [f] },
  checkpoint: { call: apply(core.checkpoint), args: [f], passes: { '0': ['nothing function'] } },
  debugNaN: { call: apply(core.debugNaN), args: [f], passes: { '0': ['nothing function'] } },
  inlined: { call: apply(core.inlined), args: [f], passes: { '0': ['nothing function'] } },
  customGradient: {
    call: apply(core.customGradient),
    args: [(y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g] }), { name: 'own', surrogate: false }],
    names: ['own', 'nothing function'],
    passes: { '1': options, '1.name': ['undefined', 'text'], '1.surrogate': ['undefined', 'true'] },
    optional: 1,
  },
  'the result of a body': {
    call: (result: unknown) => (core.customGradient as any)(() => result, { name: 'own' })(x),
    args: [{ value: x, pullback: (g: Tensor) => [g], jvp: (t: Tensor) => t }],
    names: ['own'],
    isVariadic: true,
    passes: {
      '0.value': tensors,
      '0.pullback': functions,
      '0.jvp': ['undefined', ...functions],
    },
  },
  trace: {
    call: core.trace as any,
    args: [f, x],
    passes: { '0': functions, '1': Object.keys(odd) },
    isVariadic: true,
  },
  compile: {
    call: apply(core.compile),
    args: [f, { donate: [], retrace: true }],
    passes: { '0': ['nothing function'], '1': options, '1.donate': ['undefined', 'empty array'], '1.retrace': ['undefined', 'true'] }, // prettier-ignore
    optional: 1,
  },
  elementwiseDomain: {
    call: core.elementwiseDomain as any,
    args: [[{ min: 0, max: 1, avoid: [] }], false],
    passes: { '0': ['empty array'], '1': ['undefined', 'true'] },
    optional: 1,
  },
  linear: {
    call: core.linear as any,
    args: [{ transpose: f, movement: false, arguments: [0], linearIn: [[0]] }],
    passes: { '0.transpose': functions, '0.movement': ['undefined', 'true'], '0.arguments': ['undefined', 'empty array', 'numbers'], '0.linearIn': ['undefined', 'empty array'] }, // prettier-ignore
  },
  bilinear: { call: core.bilinear as any, args: [f, f], passes: { '0': functions, '1': functions } },
  vjpRule: {
    call: core.vjpRule as any,
    args: [{ pullback: f, jvp: f }],
    passes: { '0.pullback': functions, '0.jvp': ['undefined', ...functions] },
  },
  elementwise: {
    call: core.elementwise as any,
    args: [[f], [[0]], [{ lost: f }]],
    passes: {
      '0': ['empty array', 'array of null'],
      '1': ['undefined', 'empty array'],
      '2': ['undefined', 'empty array'],
    },
    optional: 2,
  },
  noGradient: { call: core.noGradient as any, args: ['why'], passes: { '0': ['text', 'empty text'] } },
  defineElementwise: {
    call: core.defineElementwise as any,
    args: [{ name: 'own', inputs: 1, formula: (_: unknown, y: unknown) => y, domain: [{}], accepts: 'float', conditions: 0, partials: [f], linearIn: [[0]], law: core.constant, distinct: false, notation: () => '' }], // prettier-ignore
    passes: {
      '0.name': ['text'],
      '0.inputs': ['1'],
      '0.formula': functions,
      '0.accepts': ['undefined'],
      '0.conditions': ['undefined', '0', '1', '2', '1e308'],
      '0.partials': ['undefined', 'array of null'],
      '0.linearIn': ['undefined', 'empty array'],
      '0.law': ['undefined'],
      '0.distinct': ['undefined', 'true'],
      '0.notation': ['undefined', ...functions],
    },
  },
  defineOp: {
    call: core.defineOp as any,
    args: [{ name: 'own', inputs: 1, infer: f, kernel: f, law: core.constant, domain: f, notation: f }],
    passes: {
      '0.name': ['text'],
      '0.inputs': ['undefined', ...numbers.filter((name) => Number.isInteger(odd[name]) && (odd[name] as number) >= 0)],
      '0.infer': functions,
      '0.kernel': functions,
      '0.domain': functions,
      '0.notation': ['undefined', ...functions],
    },
  },
}

const graph = core.trace(f, x)
const methods: Record<string, Call> = {
  run: { call: (...args) => graph.run(...args), args: [x] },
  evaluate: {
    call: (...args) => (graph.evaluate as any).apply(graph, args),
    args: [[x], []],
    passes: { '1': ['undefined', 'empty array'] },
    optional: 1,
  },
  assemble: { call: (...args) => (graph.assemble as any).apply(graph, args), args: [[x]] },
  apply: { call: (...args) => (graph.apply as any).apply(graph, args), args: [0, [x, x]], passes: { '0': ['0'] } },
  toDot: { call: (...args) => (graph.toDot as any).apply(graph, args), args: [] },
  toMermaid: { call: (...args) => (graph.toMermaid as any).apply(graph, args), args: [] },
  cost: { call: (...args) => (graph.cost as any).apply(graph, args), args: [] },
}

const denseOptions = {
  key: key(1),
  activation: nn.sigmoid,
  initializer: nn.heUniform,
  biasInitializer: nn.zerosInitializer,
  dtype: 'float32',
}
const densePasses = {
  '0': ['1', '2'],
  '1': ['1', '2'],
  '2.activation': ['undefined', 'nothing function'],
  '2.initializer': ['undefined'],
  '2.biasInitializer': ['undefined'],
  '2.dtype': ['undefined'],
}
const layer = nn.dense(2, 3, { key: key(1) })
const initializer = (initialize: nn.Initializer): Call => ({
  call: initialize as any,
  args: [key(1), [2, 3], 'float32'],
  passes: { '1': ['numbers'] },
})
const filling = (initialize: nn.Initializer): Call => ({
  call: initialize as any,
  args: [key(1), [2, 3], 'float32'],
  passes: { '1': ['numbers', 'empty array'] },
})

const network: Record<string, Call> = {
  dense: { call: nn.dense as any, args: [2, 3, denseOptions], passes: densePasses },
  denseTheta: { call: nn.denseTheta as any, args: [2, 3, denseOptions], passes: densePasses },
  Dense: {
    call: (...args) => new (nn.Dense as any)(...args),
    args: [rows, x, nn.sigmoid],
    passes: { '0': [], '2': ['undefined', ...functions] },
    optional: 1,
  },
  DenseTheta: {
    call: (...args) => new (nn.DenseTheta as any)(...args),
    args: [rows, nn.sigmoid],
    passes: { '0': ['empty tensor'], '1': ['undefined', ...functions] },
    optional: 1,
  },
  'dense.forward': {
    call: (...args) => (layer.forward as any).apply(layer, args),
    args: [rows],
    names: ['dense'],
    passes: { '0': ['empty tensor'] },
  },
  sequential: {
    call: (...args) => (nn.sequential as any)(...args),
    args: [layer, nn.sigmoid],
    passes: { '0': functions, '1': functions },
    isVariadic: true,
    optional: 2,
  },
  Sequential: { call: (...args) => new (nn.Sequential as any)(...args), args: [[layer]], passes: { '0': ['empty array'] } }, // prettier-ignore
  'sequential.forward': {
    call: (...args) => (nn.sequential(layer) as any).forward(...args),
    args: [rows],
    names: ['sequential', 'dense'],
    passes: { '0': ['empty tensor'] },
  },
  mse: { call: nn.mse as any, args: [x, x] },
  logLoss: {
    call: nn.logLoss as any,
    args: [x, x, { fromLogits: false }],
    passes: { '2': options, '2.fromLogits': ['undefined', 'true'] },
    optional: 1,
  },
  softmaxCrossEntropy: { call: nn.softmaxCrossEntropy as any, args: [rows, labels] },
  'softmaxCrossEntropy of rows': { call: nn.softmaxCrossEntropy as any, args: [rows, rows], names: ['softmaxCrossEntropy'] }, // prettier-ignore
  accuracy: { call: nn.accuracy as any, args: [rows, labels] },
  'accuracy of labels': { call: nn.accuracy as any, args: [labels, labels], names: ['accuracy'] },
  confusionMatrix: {
    call: nn.confusionMatrix as any,
    args: [labels, labels, 2],
    passes: { '2': ['2'] },
  },
  l2: {
    call: nn.l2 as any,
    args: [rows, { lambda: 1, examples: 5, select: () => true }],
    passes: {
      '0': ['scalar tensor', 'vector tensor', 'empty tensor', 'tensor of three axes'],
      '1.lambda': notNegative,
      '1.examples': positive,
      '1.select': ['undefined'],
    },
  },
  fans: { call: nn.fans as any, args: [[2, 3]], passes: { '0': ['numbers'] } },
  zerosInitializer: filling(nn.zerosInitializer),
  constantInitializer: { call: nn.constantInitializer as any, args: [1], passes: { '0': ['-1', ...notNegative] } },
  uniformInitializer: { call: nn.uniformInitializer as any, args: [1], passes: { '0': positive } },
  normalInitializer: { call: nn.normalInitializer as any, args: [1], passes: { '0': positive } },
  'uniformInitializer(1)': { ...filling(nn.uniformInitializer(1)), names: ['uniformInitializer'] },
  'normalInitializer(1)': { ...filling(nn.normalInitializer(1)), names: ['normalInitializer'] },
  'constantInitializer(1)': { ...filling(nn.constantInitializer(1)), names: ['constantInitializer'] },
  glorotUniform: initializer(nn.glorotUniform),
  glorotNormal: initializer(nn.glorotNormal),
  heUniform: initializer(nn.heUniform),
  heNormal: initializer(nn.heNormal),
  lecunUniform: initializer(nn.lecunUniform),
  lecunNormal: initializer(nn.lecunNormal),
}

const model = { w: x }
const rule = optim.clipByValue(1)
const descent = optim.sgd({ learningRate: 0.1, momentum: 0.5 })
const state = descent.init(model) as unknown
const trees = ['scalar tensor', 'vector tensor', 'empty tensor', 'tensor of three axes']
const at = tensor(3, { dtype: 'int32' })
const scheduleOf = (schedule: any): Call => ({ call: schedule, args: [at], passes: { '0': ['scalar tensor'] } })
const stateless = (name: string, made: any): Record<string, Call> => ({
  [`${name}.init`]: { call: (...args) => made.init(...args), args: [model], passes: { '0': objects } },
  [`${name}.update`]: {
    call: (...args) => made.update(...args),
    args: [model, null, model],
    passes: { '1': ['null'] },
  },
})

const optimization: Record<string, Call> = {
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
  optimizer: { call: optim.optimizer as any, args: [rule] },
  'optimizer.init': { call: (...args) => (descent.init as any)(...args), args: [model], passes: { '0': trees } },
  'optimizer.update': {
    call: (...args) => (descent.update as any)(...args),
    args: [model, model, state],
  },
  chain: { call: optim.chain as any, args: [rule, rule], isVariadic: true, optional: 2 },
  onlyWhere: { call: optim.onlyWhere as any, args: [() => true], passes: { '0': functions } },
  clipByValue: { call: optim.clipByValue as any, args: [1], passes: { '0': positive } },
  clipByGlobalNorm: { call: optim.clipByGlobalNorm as any, args: [1], passes: { '0': positive } },
  globalNorm: { call: optim.globalNorm as any, args: [model, model], passes: { '0': [], '1': ['undefined'] }, optional: 1 }, // prettier-ignore
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
    passes: { '0': notNegative, '1.every': ['1', '2', '1e308'], '1.factor': notNegative },
  },
  exponentialSchedule: {
    call: optim.exponentialSchedule as any,
    args: [0.1, { factor: 0.5 }],
    passes: { '0': notNegative, '1.factor': notNegative },
  },
  cosineSchedule: {
    call: optim.cosineSchedule as any,
    args: [0.1, { steps: 10, minimum: 0 }],
    passes: { '0': notNegative, '1.steps': ['1', '2', '1e308'], '1.minimum': ['undefined', ...notNegative] },
  },
  'constantSchedule(0.1)': { ...scheduleOf(optim.constantSchedule(0.1)), names: ['constantSchedule'] },
  'stepSchedule(0.1)': { ...scheduleOf(optim.stepSchedule(0.1, { every: 1, factor: 1 })), names: ['stepSchedule'] },
  'exponentialSchedule(0.1)': { ...scheduleOf(optim.exponentialSchedule(0.1, { factor: 1 })), names: ['exponentialSchedule'] }, // prettier-ignore
  'cosineSchedule(0.1)': { ...scheduleOf(optim.cosineSchedule(0.1, { steps: 5 })), names: ['cosineSchedule'] },
}

/** What is wrong with the outcome of a call that has to fail; undefined where nothing is. */
function fault(
  name: string,
  { call, names = [] }: Call,
  args: readonly unknown[],
  mayPass: boolean,
): string | undefined {
  try {
    call(...args)
    return mayPass ? undefined : 'passes'
  } catch (error) {
    if (!(error instanceof CotangentError)) return `throws ${String(error)}`
    return [name, ...names].some((each) => error.message.startsWith(`[${each}] `)) ? undefined : error.message
  }
}

function* wrongCalls(spec: Call): Generator<[what: string, args: readonly unknown[], mayPass: boolean]> {
  const { args, passes = {}, isVariadic = false, optional = 0 } = spec
  for (let count = 0; count < args.length - optional; count++) yield [`${count} arguments`, args.slice(0, count), false]
  if (!isVariadic) for (const what in odd) yield [`${what} beyond the last argument`, [...args, odd[what]], false]
  for (const [i, right] of args.entries()) {
    const replaced = (value: unknown) => args.map((arg, at) => (at === i ? value : arg))
    for (const what in odd) yield [`${what} as argument ${i}`, replaced(odd[what]), passes[i]?.includes(what) ?? false]
    if (typeof right !== 'object' || right === null || Object.getPrototypeOf(right) !== Object.prototype) continue
    if (right === model || right === rule) continue
    yield [`an unknown option in argument ${i}`, replaced({ ...right, colour: 1 }), false]
    for (const option in right)
      for (const what in odd)
        yield [`${what} as option ${option}`, replaced({ ...right, [option]: odd[what] }), passes[`${i}.${option}`]?.includes(what) ?? false] // prettier-ignore
  }
}

describe.each(Object.entries({ transforms, methods, network, optimization }))('%s', (_, calls) => {
  it.each(Object.entries(calls))('%s is called right or told so', (name, spec) => {
    expect(fault(name, spec, spec.args, true)).toBeUndefined()
    const faults: string[] = []
    for (const [what, args, mayPass] of wrongCalls(spec)) {
      const found = fault(name, spec, args, mayPass)
      if (found !== undefined) faults.push(`${what}: ${found}`)
    }
    expect(faults).toEqual([])
  })
})

it('leaves no function of nn and optim out', () => {
  const isOfCore = (name: string) => name in core
  const tested = new Set([...Object.keys(network), ...Object.keys(optimization)])
  const all = [...Object.entries(nn), ...Object.entries(optim)]
  const missing = all.filter(([name, value]) => typeof value === 'function' && !isOfCore(name) && !tested.has(name))
  expect(missing.map(([name]) => name)).toEqual([])
})
