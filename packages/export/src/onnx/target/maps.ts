import type { DType } from '@cotangent/core'
import type { Program } from '@cotangent/core'
import { type Computing, type Elements, writeProgram } from '../../lowering/program'
import type { Type } from '../../lowering/target'
import { exponentOf, scaledByPowerOfTwo, significandOf } from './binary-exponent'
import { clamped } from './clamp'
import { operatorOf } from './functions'
import { isFloating, type Operations } from './operations'
import type { Value } from './values'

/** One scalar program for every element. The operators broadcast, so scalars stay scalars. */
export function writeMap(o: Operations, program: Program, inputs: readonly Value[], type: Type): Value {
  const elements: Elements<Value> = {
    constant: (value, dtype) => o.writer.scalar(value, dtype),
    instruction: (instruction, operands) => instructionOf(o, instruction, operands),
    call(name, operands, dtype) {
      const operator = operatorOf(name, dtype)
      return operator === null ? null : o.uniform(operator, ...operands)
    },
  }
  return o.expand(writeProgram(program, inputs, elements), type.shape)
}

/** Operators with the meaning of an instruction for all of its types of elements. */
const operators: Readonly<Record<string, string>> = {
  ...{ add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div', neg: 'Neg', abs: 'Abs', sqrt: 'Sqrt' },
  ...{ floor: 'Floor', ceil: 'Ceil', round: 'Round', min: 'Min' },
  ...{ and: 'And', or: 'Or', not: 'Not', bitAnd: 'BitwiseAnd', bitOr: 'BitwiseOr', bitXor: 'BitwiseXor' },
}

function instructionOf(o: Operations, { name, dtype }: Computing, operands: readonly Value[]): Value {
  const [a, b, c] = operands
  switch (name) {
    case 'max':
      // NOTE: as Relu, -0 stays -0. ONNX does not define which zero its Max and Min return either.
      return b.number === 0 && isFloating(dtype) ? o.uniform('Relu', a) : o.uniform('Max', a, b)
    case 'remainder':
      return o.writer.node('Mod', [a, b], o.uniformType(a, b), { fmod: 1 })
    case 'trunc':
      return o.where(o.test('Less', a, o.writer.scalar(0, dtype)), o.uniform('Ceil', a), o.uniform('Floor', a))
    case 'exponent':
      return exponentOf(o, a as Value<'float32' | 'float64'>)
    case 'significand':
      return significandOf(o, a as Value<'float32' | 'float64'>)
    case 'scaleByPowerOfTwo':
      return scaledByPowerOfTwo(o, a as Value<'float32' | 'float64'>, b)
    case 'less':
      return a.dtype === 'bool' ? o.test('And', o.test('Not', a), b) : o.test('Less', a, b)
    case 'lessEqual':
      return a.dtype === 'bool' ? o.test('Or', o.test('Not', a), b) : o.test('LessOrEqual', a, b)
    case 'equal':
      return o.test('Equal', a, b)
    case 'notEqual':
      return o.test('Not', o.test('Equal', a, b))
    case 'shiftLeft':
      return shifted(o, 'LEFT', a, b)
    case 'shiftRightLogical':
      return shifted(o, 'RIGHT', a, b)
    case 'select':
      return o.where(a as Value<'bool'>, b, c)
    case 'convert':
      return converted(o, a, dtype)
    default:
      return o.uniform(operators[name], ...operands)
  }
}

/** BitShift is defined for unsigned integers. The count is taken modulo 32. */
function shifted(o: Operations, direction: string, a: Value, count: Value): Value {
  const within = o.uniform('BitwiseAnd', count, o.writer.scalar(31, 'int32'))
  const [bits, places] = [o.cast(a, 'uint32'), o.cast(within, 'uint32')]
  return o.cast(o.writer.node('BitShift', [bits, places], o.uniformType(bits, places), { direction }), 'int32')
}

/** Cast leaves open what a float that int32 does not hold becomes. Here it saturates, and NaN gives 0. */
function converted(o: Operations, x: Value, dtype: DType): Value {
  if (dtype !== 'int32' || !isFloating(x.dtype)) return o.cast(x, dtype)
  return o.cast(clamped(o, o.cast(x, 'float64'), -(2 ** 31), 2 ** 31 - 1), 'int32')
}
