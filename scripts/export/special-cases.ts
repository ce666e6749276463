// Cases of special numbers for exported models: every scalar instruction, and the kinds of work that compare, on zeros of
// both signs, subnormal, infinite and huge numbers, and NaN; integers at the ends of their range; random bits.
import * as core from '@cotangent/core'
import { constant, type DType, type Graph, tensor, type Tensor, trace } from '@cotangent/core'
import { defineElementwise } from '../../packages/core/src/recording/define'
import type { InstructionSet, Scalar } from '../../packages/core/src/scalar/set'

/** A function with arguments, to be exported. */
export interface SpecialCase {
  readonly subject: string
  readonly what: string
  readonly graph: Graph
  readonly inputs: readonly Tensor[]
}

const tiny = { float32: [1e-45, 1.1e-38, 3.4e38], float64: [5e-324, 2.2e-308, 1.7e308] } as const
const numbers = (dtype: 'float32' | 'float64') => {
  const positive = [0, 0.5, 1, 1.5, 2.5, 3, 7.25, 1e-3, 20, 88, 1e10, 2147483647, Infinity, ...tiny[dtype]]
  return [...positive, ...positive.map((x) => -x), NaN]
}
const integers = [0, 1, 2, 3, 7, 31, 32, 65537, 123456789, 2147483647].flatMap((n) => [n, -n - 1])

/** All elements of a dtype, each paired with each in two inputs. */
function pairs(dtype: DType): readonly [Tensor, Tensor] {
  const list = dtype === 'bool' ? [0, 1] : dtype === 'int32' ? integers : numbers(dtype)
  const all = tensor(list, { dtype })
  return [core.reshape(all, [list.length, 1]), all]
}

/** An op whose formula is one instruction, of operands as they come. */
function instruction(name: string, arity: 1 | 2, dtypes: readonly DType[]) {
  const formula = (s: InstructionSet, ...operands: Scalar[]) =>
    (s as unknown as Record<string, (...operands: Scalar[]) => Scalar>)[name](...operands)
  const op = defineElementwise({ name, inputs: arity, formula, law: constant, domain: [] } as never) as unknown as (
    ...inputs: Tensor[]
  ) => Tensor
  return { name, arity, dtypes, op }
}

const floats = ['float32', 'float64'] as const
const ordered = ['int32', ...floats] as const

const instructions = [
  ...['add', 'sub', 'mul', 'min', 'max'].map((name) => instruction(name, 2, ordered)),
  ...['neg', 'abs'].map((name) => instruction(name, 1, ordered)),
  ...['div', 'remainder'].map((name) => instruction(name, 2, floats)),
  ...['sqrt', 'floor', 'ceil', 'trunc', 'round', 'exponent', 'significand'].map((name) => instruction(name, 1, floats)),
  instruction('scaleByPowerOfTwo', 2, floats),
]

const made = (subject: string, what: string, f: (...inputs: Tensor[]) => unknown, inputs: readonly Tensor[]) => ({
  ...{ subject, what, inputs },
  graph: trace(f as never, ...(inputs as never[])),
})

export function* specialCases(): Generator<SpecialCase> {
  for (const { name, arity, dtypes, op } of instructions)
    for (const dtype of dtypes) yield made(`special ${name}`, dtype, op, arity === 1 ? [pairs(dtype)[1]] : pairs(dtype))
  for (const dtype of ['bool', ...ordered] as const) {
    const [a, b] = pairs(dtype)
    for (const name of ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const)
      yield made(`special ${name}`, dtype, (x, y) => core[name](x, y), [a, b])
    for (const to of ['bool', ...ordered] as const)
      yield made(`special conversion`, `${dtype} to ${to}`, (x) => core.where(core.equal(x, x), x, x).astype(to), [b])
    const rows = core.stack([b, core.flip(b), core.roll(b, 3)])
    for (const name of ['max', 'min', 'argmax', 'argmin', 'argsort', 'sort', 'cummax', 'cummin'] as const)
      if (dtype !== 'bool')
        yield made(`special ${name}`, dtype, (x) => (core[name] as (x: Tensor, o: object) => unknown)(x, { axis: 1 }), [
          rows,
        ])
    for (const name of ['sum', 'prod', 'cumsum', 'cumprod'] as const)
      if (dtype === 'int32' || dtype === 'bool')
        yield made(`special ${name}`, dtype, (x) => (core[name] as (x: Tensor, o: object) => unknown)(x, { axis: 1 }), [
          rows,
        ])
    const places = core.remainder(core.arange(b.size), 4)
    if (dtype !== 'bool')
      for (const name of ['segmentMax', 'segmentMin'] as const)
        yield made(`special ${name}`, dtype, (x) => core[name](x, places, 5), [b])
    for (const shape of [[0], [2, 0], [0, 3, 1]]) {
      const empty = core.zeros(shape, { dtype })
      yield made('empty', `${dtype} [${shape.join()}]`, (x) => [core.sort(x), core.argsort(x), core.cumsum(x, { axis: 0 }), core.sum(x), core.prod(x), core.concat([x, x])], [empty]) // prettier-ignore
    }
  }
  const [a, b] = pairs('int32')
  for (const name of ['bitwiseAnd', 'bitwiseOr', 'bitwiseXor'] as const)
    yield made(`special ${name}`, 'int32', (x, y) => core[name](x, y), [a, b])
  const counts = core.remainder(core.abs(b), 32)
  for (const name of ['bitwiseLeftShift', 'bitwiseRightShift'] as const)
    yield made(`special ${name}`, 'int32', (x, y) => core[name](x, y), [a, counts])
  const divisor = core.where(core.equal(b, 0), tensor(5, { dtype: 'int32' }), b)
  yield made('special remainder', 'int32', (x, y) => core.remainder(x, y), [a, divisor as Tensor])
  for (const name of ['exp', 'log', 'tanh', 'pow', 'atan2', 'log1p', 'expm1', 'asinh', 'erf', 'hypot'] as const)
    for (const dtype of floats) {
      const [x, y] = pairs(dtype)
      const f = core[name] as (...inputs: Tensor[]) => Tensor
      yield made(`special ${name}`, dtype, f, f.length > 1 || ['pow', 'atan2', 'hypot'].includes(name) ? [x, y] : [y])
    }
  yield made('random', 'bits', (seed) => [core.foldKey(core.key(3), seed), core.splitKey(core.foldKey(core.key(5), seed), 4)], [tensor(7, { dtype: 'int32' })]) // prettier-ignore
  for (const dtype of floats)
    yield made('random', dtype, (seed) => core.uniform(core.foldKey(core.key(3), seed), [50], { dtype }), [tensor(7, { dtype: 'int32' })]) // prettier-ignore
}
