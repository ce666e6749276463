import * as core from '@cotangent/core'
import { CotangentError, type Draw, tensor, type Tensor, type WithOp, zeros } from '@cotangent/core'
import { describe, expect, it } from 'vitest'

// Every exported function is called with wrong arguments of every kind. It throws an error that bears its name, or its row
// below says that it takes what it was given; nothing else comes out, above all no TypeError of the engine's own code.

const cycle: unknown[] = []
cycle.push(cycle)

const x = tensor([[1, 2], [3, 4]]) as Tensor // prettier-ignore
const v = tensor([1, 2]) as Tensor
const yes = tensor([[true, false], [false, true]]) as Tensor // prettier-ignore
const picks = tensor([[0, 1], [1, 0]], { dtype: 'int32' }) as Tensor // prettier-ignore
const random = core.key(1)
const double = (y: Tensor) => y.mul(2)
const total = (y: Tensor) => y.mul(2).sum()

const odd = {
  undefined,
  null: null,
  true: true,
  text: 'abc',
  empty: {},
  object: { colour: 1 },
  'no prototype': Object.create(null) as unknown,
  list: [1.5, 'a'],
  'empty list': [],
  holes: new Array(2),
  cycle,
  'typed array': new Float32Array(2),
  bigints: new BigInt64Array(1),
  tensor: x,
  function: () => 1,
  class: class Odd {
    static readonly colour = 1
  },
  symbol: Symbol('s'),
  bigint: 3n,
  date: new Date(0),
  map: new Map([['w', 1]]),
  'new Number': Object(1) as unknown,
  NaN,
  infinity: Infinity,
  negative: -1,
  fraction: 0.5,
  huge: 2 ** 53,
}
type Odd = keyof typeof odd

const numbers: readonly Odd[] = ['NaN', 'infinity', 'negative', 'fraction', 'huge']
const finite: readonly Odd[] = ['negative', 'fraction', 'huge']
const operand: readonly Odd[] = ['tensor', ...numbers]
const options: readonly Odd[] = ['undefined', 'empty', 'no prototype']
const any = Object.keys(odd) as Odd[]
// What calling a class throws is JavaScript's own to say.
const callable: readonly Odd[] = ['function', 'class']
const copy = core.linear({ transpose: (g) => [g] })
const domain = core.elementwiseDomain([{}])

/** A function: a right call, and which odd values are right as well, in each argument and in each option. */
interface Row {
  readonly call: readonly unknown[]
  readonly takes: readonly (readonly Odd[])[]
  /** How many arguments it needs; all by default. */
  readonly required?: number
  readonly options?: Readonly<Record<string, readonly Odd[]>>
  /** It takes any number of further arguments. */
  readonly isOpen?: boolean
}

const unary: Row = { call: [x], takes: [operand] }
const binary: Row = { call: [x, x], takes: [operand, operand] }
const axis: readonly Odd[] = ['negative']
const axes: readonly Odd[] = ['negative', 'empty list']
const optional = (list: readonly Odd[]): readonly Odd[] => ['undefined', ...list]
const reduction = { call: [x, { axis: 0 }], takes: [operand, options], required: 1 }
const reduces: Row = { ...reduction, options: { axis: axes, keepDims: ['true'] } }
const position: Row = { ...reduction, options: { axis, keepDims: ['true'] } }
const along: Row = { ...reduction, options: { axis } }
const joins: Row = { call: [[x, x], { axis: 0 }], takes: [[], options], required: 1, options: { axis } }
const picking: Row = {
  call: [x, picks, { axis: 0 }],
  takes: [operand, operand, options],
  required: 2,
  options: { axis },
}
const sloped: Row = { call: [x, 0.1], takes: [operand, optional(finite)], required: 1 }
const shaped: Row = { call: [[2], {}], takes: [['empty list'], options], required: 1, options: { dtype: [] } }
const pick = (names: string, row: Row) => Object.fromEntries(names.split(' ').map((name) => [name, row]))
const draws = (fields: Row['options']): Row => ({
  call: [random, [2], {}],
  takes: [[], ['empty list'], options],
  required: 2,
  options: fields,
})

const own: Readonly<Record<string, Row>> = {
  ...pick('zerosLike onesLike', unary),
  clip: { call: [x, 0, 1], takes: [operand, operand, operand] },
  ...pick('sum mean max min prod logSumExp', reduces),
  variance: { ...reduces, options: { ...reduces.options, correction: ['fraction'] } },
  ...pick('argmax argmin', position),
  ...pick('softmax logSoftmax cumsum sort argsort', along),
  matmul: binary,
  ...pick('dot outer', { call: [v, v], takes: [operand, operand] }),
  ...pick('leakyRelu elu', sloped),
  reshape: { call: [x, [4]], takes: [operand, []] },
  broadcastTo: { call: [x, [2, 2]], takes: [operand, []] },
  transpose: { call: [x, [1, 0]], takes: [operand, ['undefined']], required: 1 },
  expandDims: { call: [x, 0], takes: [operand, axis] },
  squeeze: { call: [zeros([1, 2]), 0], takes: [operand, optional(axes)], required: 1 },
  flip: { call: [x, 0], takes: [operand, optional(axes)], required: 1 },
  ...pick('concat stack', joins),
  slice: { call: [x, [0, 1]], takes: [operand, ['null']], required: 1, isOpen: true },
  at: { call: [x, 0], takes: [operand, ['null', 'negative']], isOpen: true },
  ...pick('take gather', picking),
  pad: { call: [x, [[1, 0], [0, 1]], 0], takes: [operand, [], optional(numbers)], required: 2 }, // prettier-ignore
  oneHot: { call: [picks, 3, {}], takes: [operand, [], options], required: 2, options: { dtype: [] } },
  astype: { call: [x, 'float64'], takes: [operand, []] },
  tensor: {
    call: [[1, 2], {}],
    takes: [[...numbers, 'true', 'empty list', 'typed array'], options],
    required: 1,
    options: { dtype: [], shape: [] },
  },
  ...pick('zeros ones', shaped),
  full: { call: [[2], 1, {}], takes: [['empty list'], numbers, options], required: 2, options: { dtype: [] } },
  eye: { call: [2, {}], takes: [[], options], required: 1, options: { dtype: [] } },
  arange: {
    call: [0, 3, 1, {}],
    takes: [finite, optional(finite), optional(finite), options],
    required: 1,
    options: { dtype: [] },
  },
  linspace: { call: [0, 1, 3, {}], takes: [finite, finite, [], options], required: 3, options: { dtype: [] } },
  key: { call: [1], takes: [['negative']] },
  split: { call: [random, 2], takes: [[], ['undefined']], required: 1 },
  uniform: draws({ min: finite, max: finite, dtype: [] }),
  normal: draws({ mean: finite, deviation: ['fraction', 'huge'], dtype: [] }),
  bernoulli: draws({ probability: ['fraction'] }),
  permutation: { call: [random, 3], takes: [[], []] },
  formatIndex: { call: [1, [2, 2]], takes: [[], []] },
  formatPath: { call: [['layers', 0]], takes: [['empty list']] },
  treeLeaves: { call: [{ w: x }], takes: [any], required: 0 },
  flatten: { call: [{ w: x }], takes: [any], required: 0 },
  ...pick('grad valueAndGrad', {
    call: [total, {}],
    takes: [callable, options],
    required: 1,
    // Whether there is such an argument, the call of the derivative says.
    options: { argument: ['empty list', 'huge'], where: callable, aux: ['true'], disconnected: [] },
  }),
  ...pick('jacobian hessian checkpoint debugNaN inlined', { call: [double], takes: [callable] }),
  vjp: { call: [double, x], takes: [callable, ['tensor']], isOpen: true },
  trace: { call: [(y: unknown) => y, x], takes: [callable, any], isOpen: true },
  jvp: { call: [double, [x], [x]], takes: [callable, [], []] },
  hvp: { call: [total, x, x], takes: [callable, ['tensor'], ['tensor']], isOpen: true },
  customGradient: {
    call: [(y: Tensor) => ({ value: y, pullback: (g: Tensor) => [g] }), {}],
    takes: [callable, options],
    required: 1,
    options: { name: ['text'], surrogate: ['true'] },
  },
  compile: {
    call: [double, {}],
    takes: [callable, options],
    required: 1,
    options: { donate: ['empty list'], retrace: ['true'] },
  },
  defineElementwise: {
    call: [{ name: 'twice', inputs: 1, formula: (s: core.ScalarSet, y: core.Scalar) => s.mul(y, 2), domain: [{}] }],
    takes: [[]],
  },
  defineOp: {
    call: [{ name: 'copy', inputs: 1, infer: ([type]: unknown[]) => type, kernel: () => {}, law: copy, domain }],
    takes: [[]],
  },
  elementwise: { call: [[null], [[0]]], takes: [['empty list'], optional(['empty list'])], required: 1 },
  linear: { call: [{ transpose: double }], takes: [[]] },
  bilinear: { call: [double, double], takes: [callable, callable] },
  vjpRule: { call: [{ pullback: double }], takes: [[]] },
  noGradient: { call: ['levels are looked up'], takes: [['text']] },
  elementwiseDomain: { call: [[{}], true], takes: [['empty list'], optional(['true'])], required: 1 },
  mapTree: { call: [double, { w: x }], takes: [callable, any], isOpen: true },
}

const draw: Draw = {
  integer: (min) => min,
  pick: (list) => list[0],
  shape: () => [2, 2],
  broadcastable: (count) => Array.from({ length: count }, () => [2, 2]),
}

/** What applies one op has its row from the op's domain. */
function rowOf({ op }: WithOp): Row {
  const { inputs } = op.domain(draw)
  return {
    call: inputs.map(({ dtype }) => (dtype === 'bool' ? yes : x)),
    takes: inputs.map(({ dtype }) => (dtype === 'bool' ? [] : operand)),
  }
}

const functions = Object.entries(core).filter(
  (entry): entry is [string, (...args: unknown[]) => unknown] => typeof entry[1] === 'function',
)
const ops = functions.filter((entry): entry is [string, (typeof entry)[1] & WithOp] => 'op' in entry[1])
const rows: Readonly<Record<string, Row>> = {
  ...Object.fromEntries(ops.map(([name, f]) => [name, rowOf(f)])),
  ...own,
}

/** What is no function of the engine's, and who checks the rest. */
const excluded: Readonly<Record<string, string>> = {
  Tensor: 'its constructor is internal',
  ...pick(
    'CotangentError DTypeError GradientError ShapeError TraceError ValueError',
    'errors are made, not called' as never,
  ),
  checkArguments: 'it is the reader itself, whose callers are of the library',
  ...pick(
    'checked checkValue checkNothingBeyond checkSameStructure readable runAs',
    'its callers are of the library' as never,
  ),
  applyAll: 'it takes an op and its attributes, which only the op knows',
  carries: 'it takes a law, and positions of an op',
}

/** What a call did: it threw what it should, returned, or threw something else. */
function outcome(name: string, f: () => unknown): string {
  try {
    f()
    return 'returned'
  } catch (error) {
    if (!(error instanceof CotangentError))
      return /Class constructor/.test(String(error)) ? 'returned' : `threw ${String(error)}`
    return error.message.startsWith(`[${name}] `) ? 'its own error' : `threw ${error.message}`
  }
}

it('knows every exported function', () => {
  const known = [...Object.keys(rows), ...Object.keys(excluded)]
  expect(functions.map(([name]) => name).filter((name) => !known.includes(name))).toEqual([])
})

/** The wrong calls of a function that should have thrown its own error and did not. */
function silent(name: string, row: Row, f: (...args: unknown[]) => unknown, isFixed = false): string[] {
  const { call, takes, required = call.length } = row
  const bad: string[] = []
  const expectError = (what: string, args: readonly unknown[], isRight = false) => {
    const got = outcome(name, () => f(...args))
    if (got !== 'its own error' && !(isRight && got === 'returned')) bad.push(`${name}: ${what} ${got}`)
  }
  const put = (at: number, value: unknown) => call.map((each, i) => (i === at ? value : each))
  call.forEach((_, at) => {
    if (isFixed && at === 0) return
    for (const [kind, value] of Object.entries(odd))
      expectError(`${kind} as argument ${at + 1}`, put(at, value), takes[at].includes(kind as Odd))
  })
  for (let count = isFixed ? 1 : 0; count < required; count++) expectError(`${count} arguments`, call.slice(0, count))
  if (!row.isOpen) expectError('one argument too many', [...call, 1])
  const last = call.length - 1
  for (const [field, right] of Object.entries(row.options ?? {}))
    for (const [kind, value] of Object.entries(odd))
      expectError(
        `${kind} as ${field}`,
        put(last, { [field]: value }),
        kind === 'undefined' || right.includes(kind as Odd),
      )
  return bad
}

describe('a wrong call', () => {
  it.each(Object.keys(rows))('of %s is an error of its own', (name) => {
    expect(silent(name, rows[name], Object.fromEntries(functions)[name])).toEqual([])
  })

  const methods = Object.keys(rows).filter((name) => name in core.Tensor.prototype)
  it.each(methods)('of the method %s is an error of its own', (name) => {
    type Method = (...args: unknown[]) => unknown
    const method = (self: unknown, ...rest: unknown[]) => (self as Record<string, Method>)[name](...rest)
    expect(silent(name, rows[name], method as Method, true)).toEqual([])
  })

  it('of the methods that are no functions is an error of its own', () => {
    const methodRows: Readonly<Record<string, Row>> = {
      item: { call: [], takes: [] },
      toArray: { call: [], takes: [] },
      expectShape: { call: [[]], takes: [['empty list']] },
      pipe: { call: [double], takes: [callable], isOpen: true },
    }
    const one = tensor(1) as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const [name, row] of Object.entries(methodRows))
      expect(silent(name, row, (...args) => one[name](...args))).toEqual([])
  })
})

describe('what is taken beside a right call', () => {
  const same = (a: unknown, b: unknown) => typeof a !== 'function' && expect(a).toEqual(b)

  it('is the same as a right call', () => {
    const f = Object.fromEntries(functions)
    for (const [name, { call, takes, options: fields, required = call.length }] of Object.entries(rows)) {
      // A number in place of a tensor is a scalar of float32.
      if (takes[0] === operand && call.length === 1)
        for (const kind of numbers) same(f[name](odd[kind]), f[name](tensor(odd[kind] as number)))
      // No options are the defaults.
      if (fields !== undefined && required < call.length) {
        const bare = call.slice(0, -1)
        same(f[name](...bare, {}), f[name](...bare))
        same(f[name](...bare, undefined), f[name](...bare))
      }
    }
  })
})
