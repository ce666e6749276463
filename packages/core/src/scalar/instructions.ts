import type { DType } from '../values/dtype'

/** The dtypes that the operands of an instruction may have. */
export type DTypeClass = 'float' | 'number' | 'int32' | 'bool' | 'any'

interface Signature {
  /** Number of operands; they all have one dtype. */
  readonly operands: 1 | 2
  readonly domain: DTypeClass
  /** Dtype of the result: that of the operands, or bool. */
  readonly result: 'same' | 'bool'
}

const floatUnary = { operands: 1, domain: 'float', result: 'same' } as const satisfies Signature
const floatBinary = { operands: 2, domain: 'float', result: 'same' } as const satisfies Signature
const numberUnary = { operands: 1, domain: 'number', result: 'same' } as const satisfies Signature
const numberBinary = { operands: 2, domain: 'number', result: 'same' } as const satisfies Signature
const comparison = { operands: 2, domain: 'any', result: 'bool' } as const satisfies Signature
const logic = { operands: 2, domain: 'bool', result: 'same' } as const satisfies Signature
const bits = { operands: 2, domain: 'int32', result: 'same' } as const satisfies Signature

/**
 * Instructions whose operands share one dtype. In float32 every result is rounded to float32; in int32 results wrap
 * modulo 2^32.
 *
 * - `add`, `sub`, `mul`, `neg`, `abs`: as in IEEE 754, or wrapping (`abs(-2^31)` is `-2^31`).
 * - `min`, `max`: NaN if an operand is; `-0` is below `+0`.
 * - `remainder`: exact, `a - b trunc(a / b)` with the sign of `a` (C's fmod). In int32 a zero divisor throws, and
 *   `-2^31` by `-1` leaves 0.
 * - `div`, `sqrt`: correctly rounded; floats only.
 * - `floor`, `ceil`, `trunc`, `round`: to an integer, halves to even; the sign of zero is kept.
 * - `exponent`: the integer e with `2^e <= |x| < 2^(e + 1)`, also for subnormal x; 0 for zeros, infinities and NaN.
 * - `significand`: `x / 2^exponent(x)`; magnitude in [1, 2); zeros, infinities and NaN are unchanged.
 * - `scaleByPowerOfTwo`: `x 2^n` with one rounding, also when the result is subnormal. n is a float of any magnitude,
 *   truncated to an integer; NaN counts as 0.
 * - `less`, `lessEqual`, `equal`, `notEqual`: false < true, `-0` equals `+0`; with a NaN only `notEqual` holds.
 * - `shiftLeft`, `shiftRightLogical`: the count is taken modulo 32.
 */
export const signatures = {
  add: numberBinary,
  sub: numberBinary,
  mul: numberBinary,
  div: floatBinary,
  remainder: numberBinary,
  min: numberBinary,
  max: numberBinary,
  neg: numberUnary,
  abs: numberUnary,
  sqrt: floatUnary,
  floor: floatUnary,
  ceil: floatUnary,
  trunc: floatUnary,
  round: floatUnary,
  exponent: floatUnary,
  significand: floatUnary,
  scaleByPowerOfTwo: floatBinary,
  less: comparison,
  lessEqual: comparison,
  equal: comparison,
  notEqual: comparison,
  and: logic,
  or: logic,
  not: { operands: 1, domain: 'bool', result: 'same' },
  bitAnd: bits,
  bitOr: bits,
  bitXor: bits,
  shiftLeft: bits,
  shiftRightLogical: bits,
} as const satisfies Record<string, Signature>

/** Instructions described by `signatures`. */
export type UniformName = keyof typeof signatures

type NameWith<Count> = { [K in UniformName]: (typeof signatures)[K]['operands'] extends Count ? K : never }[UniformName]

/** Instructions of one operand. */
export type UnaryName = NameWith<1>

/** Instructions of two operands of one dtype. */
export type BinaryName = NameWith<2>

/**
 * An instruction. `operands` are positions of earlier steps, `dtype` is that of the result.
 *
 * - `const`: `value`, already representable in `dtype`.
 * - `input`: the element of input number `index`.
 * - `select`: the second operand where the first (bool) is true, else the third.
 * - `convert`: to any dtype. To float32 rounds to nearest even; float to int32 truncates and saturates, NaN gives 0;
 *   to bool is `x != 0`, so NaN is true.
 */
export type Instruction =
  | { readonly name: 'const'; readonly dtype: DType; readonly operands: readonly []; readonly value: number }
  | { readonly name: 'input'; readonly dtype: DType; readonly operands: readonly []; readonly index: number }
  | { readonly name: UnaryName; readonly dtype: DType; readonly operands: readonly [number] }
  | { readonly name: BinaryName; readonly dtype: DType; readonly operands: readonly [number, number] }
  | { readonly name: 'select'; readonly dtype: DType; readonly operands: readonly [number, number, number] }
  | { readonly name: 'convert'; readonly dtype: DType; readonly operands: readonly [number] }

/** Names of the closed set. */
export type InstructionName = Instruction['name']

/** Number of instructions that compute: all but constants and inputs. */
export function countSteps(instructions: readonly Instruction[]): number {
  return instructions.filter(({ name }) => name !== 'const' && name !== 'input').length
}

/**
 * A call of a named function. Operands and result have one float dtype. Calls stay in a program until a kernel is made,
 * so that whatever prints or exports programs sees the names.
 */
export interface Call {
  readonly name: 'call'
  readonly function: string
  /** The function itself, a `NamedFunction`. */
  readonly definition: { readonly name: string }
  readonly dtype: DType
  readonly operands: readonly number[]
}

/** One step of a program. */
export type Step = Instruction | Call

/**
 * A typed straight-line program for one element. It has neither common subexpressions nor dead code. It is deeply
 * frozen, so it may serve as a key.
 */
export interface Program<Kept extends Step = Step> {
  /** Dtypes of the inputs, read or not. */
  readonly inputs: readonly DType[]
  readonly instructions: readonly Kept[]
  /** Position of the step that gives the result. */
  readonly result: number
  /** Dtype of the result. */
  readonly dtype: DType
}

/** A program without calls: what a kernel runs. */
export type ExpandedProgram = Program<Instruction>
