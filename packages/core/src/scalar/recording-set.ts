import { DTypeError, ValueError } from '../errors'
import { dtypes, isFloat, type DType } from '../values/dtype'
import { type DTypeClass, type Instruction, signatures, type Step, type UniformName } from './instructions'
import type { Recorder } from './recorder'
import { RecordedValue } from './recorder'
import type { BasicSet, ScalarOperand, Scalar } from './set'

/** The dtypes that an instruction's domain stands for. */
export const domains: Record<DTypeClass, readonly DType[]> = {
  float: ['float32', 'float64'],
  number: ['int32', 'float32', 'float64'],
  int32: ['int32'],
  bool: ['bool'],
  any: dtypes,
}

/** Turns operands into values of one recorder. Numbers alone have the dtype `dtype`. */
export class Operands {
  constructor(
    readonly recorder: Recorder<Step>,
    readonly dtype: DType,
  ) {}

  /** Operands as values of one dtype: that of the first scalar. */
  unify(name: string, operands: readonly ScalarOperand[]): RecordedValue[] {
    const first = operands.find((operand) => typeof operand !== 'number')
    const dtype = first?.dtype ?? this.dtype
    return operands.map((operand) => {
      if (typeof operand === 'number') return this.literal(name, operand, dtype)
      if (!(operand instanceof RecordedValue) || operand.owner !== this.recorder)
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

  /** As `unify`, for operands whose dtype must be in `domain`. */
  within(domain: DTypeClass, name: string, operands: readonly ScalarOperand[]): RecordedValue[] {
    const values = this.unify(name, operands)
    const [{ dtype }] = values
    if (!domains[domain].includes(dtype))
      throw new DTypeError('scalar-dtype', `[${name}] takes ${domains[domain].join(', ')}, got ${dtype}; use s.convert`)
    return values
  }

  literal(name: string, value: number, dtype: DType): RecordedValue {
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
}

/** A method for each name, which takes the number of operands that `operandsOf` gives. */
export function methodsOf<Name extends string>(
  names: readonly Name[],
  operandsOf: (name: Name) => number,
  record: (name: Name, operands: readonly ScalarOperand[]) => Scalar,
): Record<Name, (...operands: ScalarOperand[]) => Scalar> {
  const methods = {} as Record<Name, (...operands: ScalarOperand[]) => Scalar>
  for (const name of names)
    methods[name] = operandsOf(name) === 1 ? (x) => record(name, [x]) : (a, b) => record(name, [a, b])
  return methods
}

const uniformNames = /* @__PURE__ */ Object.keys(signatures) as readonly UniformName[]

/** The set that records instructions. */
export function recordingSet(given: Operands): BasicSet {
  const { recorder } = given
  const uniform = methodsOf(
    uniformNames,
    (name) => signatures[name].operands,
    (name, operands) => {
      const { domain, result } = signatures[name]
      const values = given.within(domain, name, operands)
      const dtype = result === 'bool' ? 'bool' : values[0].dtype
      return recorder.record({ name, dtype, operands: values.map(({ at }) => at) } as unknown as Instruction)
    },
  )
  const s: BasicSet = Object.assign(uniform, {
    const: (value, dtype) =>
      typeof value === 'boolean'
        ? given.literal('const', Number(value), dtype ?? 'bool')
        : given.literal('const', value, dtype ?? given.dtype),

    select(condition, a, b) {
      const [test] = given.unify('select', [condition])
      if (test.dtype !== 'bool')
        throw new DTypeError('scalar-dtype', `[select] the condition must be bool, got ${test.dtype}; compare it first`)
      const [x, y] = given.unify('select', [a, b])
      return recorder.record({ name: 'select', dtype: x.dtype, operands: [test.at, x.at, y.at] })
    },

    convert(x, dtype) {
      const [value] = given.unify('convert', [x])
      if (value.dtype === dtype) return value
      return recorder.record({ name: 'convert', dtype, operands: [value.at] })
    },

    greater: (a, b) => s.less(b, a),
    greaterEqual: (a, b) => s.lessEqual(b, a),
    clamp: (x, low, high) => s.min(s.max(x, low), high),
    sign: (x) => s.select(s.less(0, x), 1, s.select(s.less(x, 0), -1, x)),

    floorDivide(a, b) {
      const [x, y] = given.unify('floorDivide', [a, b])
      const rest = s.remainder(x, y)
      const exact = s.sub(x, rest)
      // In float64 both are exact, and so is their quotient where it is an integer.
      const inFloat64 = (value: Scalar) => (x.dtype === 'int32' ? s.convert(value, 'float64') : value)
      const truncated = s.round(s.div(inFloat64(exact), inFloat64(y)))
      const hasOtherSign = s.notEqual(s.less(rest, 0), s.less(y, 0))
      const isBelow = s.and(s.notEqual(rest, 0), hasOtherSign)
      return s.convert(s.select(isBelow, s.sub(truncated, 1), truncated), x.dtype)
    },
  } satisfies Omit<BasicSet, UniformName>)
  return s
}
