import {
  broadcastTo,
  compile,
  constant,
  defineElementwise,
  type DType,
  type Formula,
  grad,
  slice,
  sum,
  type Tensor,
  transpose,
} from '@cotangent/core'
import { describe, expect, it } from 'vitest'
import { functions } from '../../src/scalar/functions'
import { domains } from '../../src/scalar/recording-set'
import { signatures } from '../../src/scalar/instructions'
import { patterns } from './bit-patterns'
import { interpreted } from './interpreted'
import { needSameBits } from './same-bits'
import { runs } from '../../../../test/effort'

const dtypes = domains.any
const count = runs(2 ** 14)

/** An op of one formula. */
function opOf(formula: Formula, inputs: number, conditions = 0): (...x: readonly Tensor[]) => Tensor {
  const options = { name: 'swept', inputs, formula, accepts: 'any' as const, law: constant, conditions }
  return defineElementwise<(...x: readonly Tensor[]) => Tensor>({ ...options, domain: [{}, {}, {}].slice(0, inputs) })
}

/** The op in a row, along columns, at every third element, and repeated along either axis. */
function layouts(op: (...x: readonly Tensor[]) => Tensor, xs: readonly Tensor[]): Tensor[] {
  const square = xs.map((x) => slice(x, [0, 4096]).reshape([64, 64]) as Tensor)
  const few = xs.map((x) => slice(x, [0, 2048]) as Tensor)
  return [
    op(...xs),
    op(...square.map((x) => transpose(x) as Tensor)),
    op(...few.map((x) => slice(x, [1, null, 3]) as Tensor)),
    op(...few.map((x) => broadcastTo(x.reshape([2048, 1]), [2048, 5]) as Tensor)),
    op(
      ...few.map(
        (x, i) =>
          (i % 2 === 0 ? broadcastTo(slice(x, [0, 515]), [3, 515]) : x.reshape([2048, 1]).slice([0, 3])) as Tensor,
      ),
    ),
  ]
}

/** Throws unless a formula gives the same bits interpreted and compiled, over every exponent and in every layout. */
function sweep(formula: Formula, inputs: readonly DType[], prepare = (xs: Tensor[]) => xs): void {
  const isCondition = inputs.length > 1 && inputs[0] === 'bool' && inputs[1] !== 'bool'
  const op = opOf(formula, inputs.length, isCondition ? 1 : 0)
  const xs = prepare(inputs.map((dtype, i) => patterns(dtype, count, i)))
  const f = (...args: Tensor[]) => layouts(op, args)
  const results = compile(f)(...xs)
  try {
    const expected = interpreted(() => f(...xs))
    needSameBits('compiled', results, expected)
    needSameBits('run', f(...xs), expected)
  } catch (error) {
    // The first wrong element, with what it was computed from.
    const at = /result 0 \[(\d+)\]/.exec(String(error))?.[1]
    throw at === undefined ? error : new Error(`${String(error)}, from ${xs.map((x) => x.data[Number(at)]).join(', ')}`)
  }
}

const instructions = Object.entries(signatures).flatMap(([name, { operands, domain }]) =>
  domains[domain].map((dtype) => [name, dtype, operands] as const),
)

describe('an instruction gives the interpreter’s bits', () => {
  it.each(instructions)('%s of %s', (name, dtype, operands) => {
    const divides = name === 'remainder' && dtype === 'int32'
    const nonZero = ([a, b]: Tensor[]) => [a, b.add(b.equal(0).astype('int32')) as Tensor]
    const formula: Formula = (s, ...x) => s[name as 'add'](x[0], x[1])
    sweep(formula, Array<DType>(operands).fill(dtype), divides ? nonZero : undefined)
  })

  it.each(dtypes)('select of %s', (dtype) => {
    sweep((s, c, a, b) => s.select(c, a, b), ['bool', dtype, dtype])
    if (dtype !== 'bool') sweep((s, c, a) => s.select(c, a, 0), ['bool', dtype])
    if (dtype !== 'bool') sweep((s, c, a) => s.select(c, 0, a), ['bool', dtype])
  })

  it.each(dtypes.flatMap((from) => dtypes.map((to) => [from, to] as const)))('convert of %s to %s', (from, to) => {
    sweep((s, x) => s.convert(x, to), [from])
  })
})

describe('an instruction beside a constant gives the interpreter’s bits', () => {
  const constants = [0, -0, 1, -1, 2.5, 3, NaN, Infinity, -Infinity, 2 ** 31]
  const floatBinary = [
    'add',
    'sub',
    'mul',
    'div',
    'min',
    'max',
    'scaleByPowerOfTwo',
    'less',
    'lessEqual',
    'equal',
    'notEqual',
  ] as const

  it.each(['float32', 'float64'] as const)('arithmetic, scaling and comparisons of %s', (dtype) => {
    for (const name of floatBinary)
      for (const value of constants) {
        sweepShort((s, x) => s[name](x, value), dtype)
        sweepShort((s, x) => s[name](s.const(value), x), dtype)
      }
  })

  it('arithmetic and comparisons of int32, and bits', () => {
    for (const name of ['add', 'sub', 'mul', 'min', 'max', 'less', 'equal', 'bitAnd', 'bitOr', 'bitXor'] as const)
      for (const value of [0, 1, -1, 7, 2 ** 31 - 1, -(2 ** 31)]) {
        sweepShort((s, x) => s[name](x, value), 'int32')
        sweepShort((s, x) => s[name](s.const(value), x), 'int32')
      }
  })

  it('remainders, of any number by a constant and of a constant', () => {
    for (const dtype of ['float32', 'float64'] as const)
      for (const value of constants) {
        sweepShort((s, x) => s.remainder(x, value), dtype)
        sweepShort((s, x) => s.remainder(s.const(value), x), dtype)
      }
    for (const value of [1, -1, 2, 7, -10, 65_537, 2 ** 31 - 1, -(2 ** 31)])
      sweepShort((s, x) => s.remainder(x, value), 'int32')
  })

  it('shifts by every number of places', () => {
    for (let by = -3; by < 35; by++) {
      sweepShort((s, x) => s.shiftLeft(x, by), 'int32')
      sweepShort((s, x) => s.shiftRightLogical(x, by), 'int32')
    }
  })

  it.each(['float32', 'float64'] as const)('scaling %s by powers that are known to lie in a range', (dtype) => {
    const limits = [1, 20, 126, 127, 149, 300, 1022, 1023, 1074, 2100]
    for (const limit of limits)
      for (const low of [-limit, -1, 0])
        sweepPair((s, x, n) => s.scaleByPowerOfTwo(x, s.clamp(s.round(n), low, limit)), dtype)
  })
})

function sweepShort(formula: Formula, dtype: DType): void {
  const op = opOf(formula, 1)
  const x = patterns(dtype, 4096)
  needSameBits(
    'compiled',
    [compile(op)(x)],
    interpreted(() => [op(x)]),
  )
}

function sweepPair(formula: Formula, dtype: DType): void {
  const op = opOf(formula, 2)
  const xs = [patterns(dtype, 4096), patterns(dtype, 4096, 1)]
  needSameBits(
    'compiled',
    [compile(op)(...xs)],
    interpreted(() => [op(...xs)]),
  )
}

describe('a named function gives the interpreter’s bits', () => {
  const names = [
    ...Object.entries(functions).map(([name, { inputs }]) => [name, inputs] as const),
    ...(['greater', 'greaterEqual', 'floorDivide'] as const).map((name) => [name, 2] as const),
    ['sign', 1] as const,
  ]
  const cases = names.flatMap(([name, inputs]) => domains.float.map((dtype) => [name, dtype, inputs] as const))

  it.each(cases)('%s of %s', (name, dtype, inputs) => {
    sweep((s, ...x) => s[name as 'pow'](x[0], x[1]), Array<DType>(inputs).fill(dtype))
  })

  it('floorDivide and sign of int32', () => {
    sweep((s, x) => s.sign(x), ['int32'])
    sweep(
      (s, a, b) => s.floorDivide(a, b),
      ['int32', 'int32'],
      ([a, b]) => [a, b.add(b.equal(0).astype('int32')) as Tensor],
    )
  })

  const unaryNames = Object.entries(functions).flatMap(([name, { inputs }]) => (inputs === 1 ? [name] : []))
  it.each(unaryNames)('the derivative of %s, too', (name) => {
    const op = defineElementwise<(x: Tensor) => Tensor>({
      name: 'swept',
      inputs: 1,
      formula: (s, x) => s[name as 'exp'](x),
      domain: [{}],
    })
    const slope = grad((x: Tensor) => sum(op(x)))
    for (const dtype of domains.float) {
      const x = patterns(dtype, 16_384)
      needSameBits(
        'compiled',
        [compile(slope)(x)],
        interpreted(() => [slope(x)]),
      )
    }
  })
})

it('a divisor of zero is the same error', () => {
  const op = opOf((s, a, b) => s.remainder(a, b), 2)
  const xs = [patterns('int32', 512), patterns('int32', 512, 1)]
  const error = expect.objectContaining({ code: 'integer-division-by-zero' }) as unknown as Error
  expect(() => op(...xs)).toThrow(error)
  expect(() => compile(op)(...xs)).toThrow(error)
})
