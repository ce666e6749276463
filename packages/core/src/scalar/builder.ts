import { DTypeError, ValueError } from '../errors'
import { dtypes, isFloat, type DType } from '../values/dtype'
import { binaryFunctions, unaryFunctions } from './functions'
import type { Identity } from './identities'
import { signatures, type BinaryName, type Domain, type Program, type UnaryName } from './instructions'
import { Recorder, Value } from './recorder'
import type { BinaryFunctionName, Formula, Operand, Scalar, ScalarSet, UnaryFunctionName } from './set'

export type { Program } from './instructions'
export type { Formula, Scalar, ScalarSet } from './set'

/**
 * Runs `formula` once on symbolic elements of the given dtypes and returns the program that it recorded, simplified by `rules`.
 *
 * @throws DTypeError where dtypes do not fit (nothing is promoted inside a formula: use `s.convert`), ValueError where a
 * scalar of another formula is used.
 */
export function buildProgram(formula: Formula, inputDTypes: readonly DType[], rules?: readonly Identity[]): Program {
  const builder = new Builder(inputDTypes, rules)
  const result = formula(builder, ...inputDTypes.map((dtype, index) => builder.input(dtype, index)))
  return builder.finish(result)
}

/** The dtypes that an instruction's domain stands for. */
export const domains: Record<Domain, readonly DType[]> = {
  float: ['float32', 'float64'],
  number: ['int32', 'float32', 'float64'],
  int32: ['int32'],
  bool: ['bool'],
  any: dtypes,
}

/** The set that records what a formula does. */
class Builder implements ScalarSet {
  private readonly recorder: Recorder
  private readonly dtype: DType

  constructor(
    private readonly inputs: readonly DType[],
    rules?: readonly Identity[],
  ) {
    this.recorder = new Recorder(rules)
    const strongest = Math.max(...inputs.map((dtype) => dtypes.indexOf(dtype)))
    this.dtype = strongest > 0 ? dtypes[strongest] : 'float32'
  }

  input(dtype: DType, index: number): Scalar {
    return this.recorder.record({ name: 'input', dtype, operands: [], index })
  }

  finish(result: Operand): Program {
    const [value] = this.unify('result', [result])
    return this.recorder.program(this.inputs, value)
  }

  const(value: number | boolean, dtype?: DType): Scalar {
    if (typeof value === 'boolean') return this.literal('const', Number(value), dtype ?? 'bool')
    return this.literal('const', value, dtype ?? this.dtype)
  }

  select(condition: Scalar, a: Operand, b: Operand): Scalar {
    const [test] = this.unify('select', [condition])
    if (test.dtype !== 'bool')
      throw new DTypeError('scalar-dtype', `[select] the condition must be bool, got ${test.dtype}; compare it first`)
    const [x, y] = this.unify('select', [a, b])
    return this.recorder.record({ name: 'select', dtype: x.dtype, operands: [test.at, x.at, y.at] })
  }

  convert(x: Scalar, dtype: DType): Scalar {
    const [value] = this.unify('convert', [x])
    if (value.dtype === dtype) return value
    return this.recorder.record({ name: 'convert', dtype, operands: [value.at] })
  }

  private unary(name: UnaryName, x: Operand): Scalar {
    const [value] = this.unify(name, [x])
    this.check(name, value.dtype)
    return this.recorder.record({ name, dtype: value.dtype, operands: [value.at] })
  }

  private binary(name: BinaryName, a: Operand, b: Operand): Scalar {
    const [x, y] = this.unify(name, [a, b])
    this.check(name, x.dtype)
    const dtype = signatures[name].result === 'bool' ? 'bool' : x.dtype
    return this.recorder.record({ name, dtype, operands: [x.at, y.at] })
  }

  private callUnary(name: UnaryFunctionName, x: Operand): Scalar {
    const [value] = this.unify(name, [x])
    this.checkFloat(name, value.dtype)
    return unaryFunctions[name](this, value)
  }

  private callBinary(name: BinaryFunctionName, a: Operand, b: Operand): Scalar {
    const [x, y] = this.unify(name, [a, b])
    this.checkFloat(name, x.dtype)
    return binaryFunctions[name](this, x, y)
  }

  /** Operands as values of one dtype: numbers take that of the first scalar, or the formula's. */
  private unify(name: string, operands: readonly Operand[]): Value[] {
    const first = operands.find((operand) => typeof operand !== 'number')
    const dtype = first?.dtype ?? this.dtype
    return operands.map((operand) => {
      if (typeof operand === 'number') return this.literal(name, operand, dtype)
      if (!(operand instanceof Value) || operand.owner !== this.recorder)
        throw new ValueError(
          'foreign-scalar',
          `[${name}] an operand is not a scalar of this formula; use only what the formula was given and what its s made`,
        )
      if (operand.dtype !== dtype)
        throw new DTypeError(
          'scalar-dtype',
          `[${name}] operands must have one dtype, got ${dtype} and ${operand.dtype}; convert one with s.convert`,
        )
      return operand
    })
  }

  private literal(name: string, value: number, dtype: DType): Value {
    if (dtype === 'int32' && value !== (value | 0))
      throw new DTypeError(
        'scalar-dtype',
        `[${name}] ${value} is not an int32; convert the other operands to a float dtype`,
      )
    if (dtype === 'bool' && value !== 0 && value !== 1)
      throw new DTypeError('scalar-dtype', `[${name}] ${value} is not a bool; convert the other operands first`)
    const stored = dtype === 'float32' ? Math.fround(value) : isFloat(dtype) ? value : value | 0
    return this.recorder.record({ name: 'const', dtype, operands: [], value: stored })
  }

  private check(name: keyof typeof signatures, dtype: DType): void {
    const allowed = domains[signatures[name].domain]
    if (!allowed.includes(dtype))
      throw new DTypeError('scalar-dtype', `[${name}] takes ${allowed.join(', ')}, got ${dtype}; use s.convert`)
  }

  private checkFloat(name: string, dtype: DType): void {
    if (!isFloat(dtype))
      throw new DTypeError('scalar-dtype', `[${name}] takes ${domains.float.join(', ')}, got ${dtype}; use s.convert`)
  }

  greater = (a: Operand, b: Operand) => this.less(b, a)
  greaterEqual = (a: Operand, b: Operand) => this.lessEqual(b, a)
  clamp = (x: Operand, low: Operand, high: Operand) => this.min(this.max(x, low), high)
  sign = (x: Operand) => this.select(this.less(0, x), 1, this.select(this.less(x, 0), -1, x))

  floorDivide(a: Operand, b: Operand): Scalar {
    const [x, y] = this.unify('floorDivide', [a, b])
    const rest = this.remainder(x, y)
    const exact = this.sub(x, rest)
    // Both are exact in float64, and so is their quotient where it is an integer.
    const wide = (value: Scalar) => (x.dtype === 'int32' ? this.convert(value, 'float64') : value)
    const truncated = this.round(this.div(wide(exact), wide(y)))
    const apart = this.notEqual(this.less(rest, 0), this.less(y, 0))
    const below = this.and(this.notEqual(rest, 0), apart)
    return this.convert(this.select(below, this.sub(truncated, 1), truncated), x.dtype)
  }

  add = (a: Operand, b: Operand) => this.binary('add', a, b)
  sub = (a: Operand, b: Operand) => this.binary('sub', a, b)
  mul = (a: Operand, b: Operand) => this.binary('mul', a, b)
  div = (a: Operand, b: Operand) => this.binary('div', a, b)
  remainder = (a: Operand, b: Operand) => this.binary('remainder', a, b)
  min = (a: Operand, b: Operand) => this.binary('min', a, b)
  max = (a: Operand, b: Operand) => this.binary('max', a, b)
  neg = (x: Operand) => this.unary('neg', x)
  abs = (x: Operand) => this.unary('abs', x)
  sqrt = (x: Operand) => this.unary('sqrt', x)
  floor = (x: Operand) => this.unary('floor', x)
  ceil = (x: Operand) => this.unary('ceil', x)
  trunc = (x: Operand) => this.unary('trunc', x)
  round = (x: Operand) => this.unary('round', x)
  exponent = (x: Operand) => this.unary('exponent', x)
  significand = (x: Operand) => this.unary('significand', x)
  scaleByPowerOfTwo = (x: Operand, n: Operand) => this.binary('scaleByPowerOfTwo', x, n)
  less = (a: Operand, b: Operand) => this.binary('less', a, b)
  lessEqual = (a: Operand, b: Operand) => this.binary('lessEqual', a, b)
  equal = (a: Operand, b: Operand) => this.binary('equal', a, b)
  notEqual = (a: Operand, b: Operand) => this.binary('notEqual', a, b)
  and = (a: Operand, b: Operand) => this.binary('and', a, b)
  or = (a: Operand, b: Operand) => this.binary('or', a, b)
  not = (x: Operand) => this.unary('not', x)
  bitAnd = (a: Operand, b: Operand) => this.binary('bitAnd', a, b)
  bitOr = (a: Operand, b: Operand) => this.binary('bitOr', a, b)
  bitXor = (a: Operand, b: Operand) => this.binary('bitXor', a, b)
  shiftLeft = (a: Operand, b: Operand) => this.binary('shiftLeft', a, b)
  shiftRightLogical = (a: Operand, b: Operand) => this.binary('shiftRightLogical', a, b)

  exp = (x: Operand) => this.callUnary('exp', x)
  expm1 = (x: Operand) => this.callUnary('expm1', x)
  log = (x: Operand) => this.callUnary('log', x)
  log1p = (x: Operand) => this.callUnary('log1p', x)
  log2 = (x: Operand) => this.callUnary('log2', x)
  sin = (x: Operand) => this.callUnary('sin', x)
  cos = (x: Operand) => this.callUnary('cos', x)
  tan = (x: Operand) => this.callUnary('tan', x)
  asin = (x: Operand) => this.callUnary('asin', x)
  acos = (x: Operand) => this.callUnary('acos', x)
  atan = (x: Operand) => this.callUnary('atan', x)
  sinh = (x: Operand) => this.callUnary('sinh', x)
  cosh = (x: Operand) => this.callUnary('cosh', x)
  tanh = (x: Operand) => this.callUnary('tanh', x)
  asinh = (x: Operand) => this.callUnary('asinh', x)
  acosh = (x: Operand) => this.callUnary('acosh', x)
  atanh = (x: Operand) => this.callUnary('atanh', x)
  erf = (x: Operand) => this.callUnary('erf', x)
  erfc = (x: Operand) => this.callUnary('erfc', x)
  gaussian = (x: Operand) => this.callUnary('gaussian', x)
  sechSquared = (x: Operand) => this.callUnary('sechSquared', x)
  sigmoid = (x: Operand) => this.callUnary('sigmoid', x)
  softplus = (x: Operand) => this.callUnary('softplus', x)
  pow = (a: Operand, b: Operand) => this.callBinary('pow', a, b)
  atan2 = (a: Operand, b: Operand) => this.callBinary('atan2', a, b)
}
