import type { BinaryName, DType, Program, UnaryName } from '@cotangent/core'
import type { Computing, Elements } from '../lowering/program'
import { exponentOf, scaled, significandOf } from './bits'
import type { Builder, Direction } from './builder'
import { functions } from './functions'
import { roundingsOf } from './roundings'
import { elementOf, isFloating, type Operand } from './types'

type Shape = readonly number[]
type Unary = (b: Builder, x: Operand) => Operand
type Binary = (b: Builder, x: Operand, y: Operand) => Operand

const uniform =
  (name: string) =>
  (b: Builder, ...operands: readonly Operand[]) =>
    b.uniform(name, ...operands)

const comparison =
  (direction: Direction): Binary =>
  (b, x, y) =>
    b.compare(direction, x, y)

/** A shift by a count modulo 32. XLA shifts out all bits from 32 on. */
const shift =
  (name: string): Binary =>
  (b, x, count) =>
    b.uniform(name, x, b.uniform('and', count, b.splat(31, 'i32', count.shape)))

/** Towards zero. */
const trunc: Unary = (b, x) => {
  const isNegative = b.compare('LT', x, b.splat(0, x.element, x.shape))
  return b.select(isNegative, b.uniform('ceil', x), b.uniform('floor', x))
}

const unary: Record<UnaryName, Unary> = {
  neg: uniform('negate'),
  abs: uniform('abs'),
  sqrt: uniform('sqrt'),
  floor: uniform('floor'),
  ceil: uniform('ceil'),
  trunc,
  round: uniform('round_nearest_even'),
  exponent: exponentOf,
  significand: significandOf,
  not: uniform('not'),
}

const binary: Record<BinaryName, Binary> = {
  add: uniform('add'),
  sub: uniform('subtract'),
  mul: uniform('multiply'),
  div: uniform('divide'),
  remainder: uniform('remainder'),
  min: uniform('minimum'),
  max: uniform('maximum'),
  scaleByPowerOfTwo: scaled,
  less: comparison('LT'),
  lessEqual: comparison('LE'),
  equal: comparison('EQ'),
  notEqual: comparison('NE'),
  and: uniform('and'),
  or: uniform('or'),
  bitAnd: uniform('and'),
  bitOr: uniform('or'),
  bitXor: uniform('xor'),
  shiftLeft: shift('shift_left'),
  shiftRightLogical: shift('shift_right_logical'),
}

/** Scalar programs, each step for all elements of a shape. */
export class MapElements implements Elements<Operand> {
  constructor(
    private readonly b: Builder,
    private readonly shape: Shape,
    private readonly isExpanded: boolean,
  ) {}

  constant(value: number, dtype: DType): Operand {
    return this.b.splat(value, elementOf(dtype), this.shape)
  }

  instruction(step: Computing, operands: readonly Operand[], program: Program): Operand {
    return this.#kept(this.#computed(step, operands, program), roundingsOf(program).get(step))
  }

  call(name: string, operands: readonly Operand[]): Operand | null {
    const written = this.isExpanded || !Object.hasOwn(functions, name) ? undefined : functions[name]
    return written === undefined ? null : written(this.b, ...operands)
  }

  #computed(step: Computing, operands: readonly Operand[], program: Program): Operand {
    const { b } = this
    switch (step.name) {
      case 'select':
        return b.select(operands[0], operands[1], operands[2])
      case 'convert':
        return converted(b, operands[0], step.dtype)
      case 'shiftLeft':
      case 'shiftRightLogical': {
        const count = program.instructions[step.operands[1]]
        const isPlain = count.name === 'const' && count.value >= 0 && count.value < 32
        const name = step.name === 'shiftLeft' ? 'shift_left' : 'shift_right_logical'
        return isPlain ? b.uniform(name, ...operands) : binary[step.name](b, operands[0], operands[1])
      }
    }
    if (step.name in unary) return unary[step.name as UnaryName](b, operands[0])
    return binary[step.name as BinaryName](b, operands[0], operands[1])
  }

  #kept(x: Operand, keeping: 'hidden' | 'rounded' | undefined): Operand {
    const { b } = this
    if (keeping === undefined) return x
    if (keeping === 'hidden') return b.barrier([x])[0]
    // XLA drops barriers before the machine's instructions are chosen. A selection between product and sum remains.
    return b.select(b.compare('EQ', x, x), x, b.splat(NaN, x.element, x.shape))
  }
}

/** To any dtype. What StableHLO leaves open is stated: integers saturate, NaN gives 0, and is true. */
export function converted(b: Builder, x: Operand, dtype: DType): Operand {
  const element = elementOf(dtype)
  const filled = (value: number) => b.splat(value, x.element, x.shape)
  if (element === x.element) return x
  if (element === 'i1') return b.compare('NE', x, filled(0))
  if (element !== 'i32' || !isFloating(x.element)) return b.convert(x, element)
  const isNumber = b.compare('EQ', x, x)
  const whole = b.convert(
    b.select(isNumber, b.uniform('clamp', filled(-(2 ** 31)), x, filled(largest(x))), filled(0)),
    element,
  )
  if (x.element === 'f64') return whole
  return b.select(b.compare('GE', x, filled(2 ** 31)), b.splat(2 ** 31 - 1, element, x.shape), whole)
}

/** The largest float that is an int32. */
const largest = ({ element }: Operand) => (element === 'f64' ? 2 ** 31 - 1 : 2 ** 31 - 128)
