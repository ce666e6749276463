import type { Instruction, InstructionName } from '../../../scalar/instructions'
import type { DType } from '../../../values/dtype'
import { exponent, scaleByPowerOfTwo, significand } from './bits'
import { remainder, shift } from './single'
import { type Code, type Local, lowerHalves, upperHalf } from '../format/code'
import type { Plain } from '../format/opcodes'
import type { EmitInstruction } from './context'

const prefix = { float32: 'f32x4', float64: 'f64x2', int32: 'i32x4', bool: 'v128' } as const

/* @__NO_SIDE_EFFECTS__ */
function perVector(name: Partial<Record<DType, string>>): EmitInstruction {
  return ({ code, from }, out, operands) =>
    out.forEach((local, vector) => {
      code.get(...operands.map((operand) => operand[vector]))
      code.op(`${prefix[from]}.${name[from]!}` as Plain).set(local)
    })
}

/* @__NO_SIDE_EFFECTS__ */
const float = (name: string) => perVector({ float32: name, float64: name })
/* @__NO_SIDE_EFFECTS__ */
const number = (name: string, int32 = name) => perVector({ float32: name, float64: name, int32 })
/* @__NO_SIDE_EFFECTS__ */
const bits = (name: string): EmitInstruction => perVector({ bool: name, int32: name })

/**
 * `min` and `max` handle NaN and the sign of zero, which takes several machine instructions. If one operand is a
 * constant that is neither NaN nor zero, `pmin` and `pmax` give the same result in one machine instruction: the first
 * operand, unless the second is beyond it.
 */
/* @__NO_SIDE_EFFECTS__ */
function minOrMax(name: 'min' | 'max'): EmitInstruction {
  const general = number(name, `${name}_s`)
  return (context, out, operands) => {
    const { code, from, constantOf } = context
    const at = [0, 1].find((operand) => constantOf(operand))
    if (from === 'int32' || at === undefined || Number.isNaN(constantOf(at))) return general(context, out, operands)
    const [x, constant] = [operands[1 - at], operands[at]]
    out.forEach((local, vector) => {
      code.get(x[vector], constant[vector]).op(`${prefix[from]}.p${name}` as Plain)
      code.set(local)
    })
  }
}

const signs = {
  float32: /* @__PURE__ */ Float32Array.of(-0, -0, -0, -0),
  float64: /* @__PURE__ */ Float64Array.of(-0, -0),
}

/** Instructions that change only the sign bit of a float. */
/* @__NO_SIDE_EFFECTS__ */
function signed(float: 'xor' | 'andnot', int32: 'neg' | 'abs'): EmitInstruction {
  return ({ code, from }, out, [x]) =>
    out.forEach((local, vector) => {
      code.get(x[vector])
      if (from === 'int32') code.op(`i32x4.${int32}`)
      else code.vector(signs[from as keyof typeof signs]).op(`v128.${float}`)
      code.set(local)
    })
}

/** For `shuffle`: the lower halves of the four 64-bit lanes of two vectors. */
const lowHalves = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]

/* @__NO_SIDE_EFFECTS__ */
function comparison(name: string, int32: string, bool: (code: Code, a: Local, b: Local) => void): EmitInstruction {
  return ({ code, from }, [out], [a, b]) => {
    if (from === 'bool') bool(code, a[0], b[0])
    else if (from === 'float64') {
      const compare = `f64x2.${name}` as Plain
      code.get(a[0], b[0]).op(compare).get(a[1], b[1]).op(compare).shuffle(lowHalves)
    } else code.get(a[0], b[0]).op((from === 'int32' ? `i32x4.${int32}` : `f32x4.${name}`) as Plain)
    code.set(out)
  }
}

const select: EmitInstruction = ({ code, dtype, constantOf }, out, [condition, a, b]) =>
  out.forEach((local, vector) => {
    if (dtype !== 'float64' && Object.is(constantOf(2), 0)) {
      code.get(a[0], condition[0]).op('v128.and').set(local)
      return
    }
    code.get(a[vector], b[vector], condition[0])
    if (dtype === 'float64') code.op(vector === 0 ? 'i64x2.extend_low_i32x4_s' : 'i64x2.extend_high_i32x4_s')
    code.op('v128.bitselect').set(local)
  })

const one = {
  float32: /* @__PURE__ */ Float32Array.of(1, 1, 1, 1),
  int32: /* @__PURE__ */ Int32Array.of(1, 1, 1, 1),
}

/** Applies an instruction to each half of a vector. Each half gives a vector. */
/* @__NO_SIDE_EFFECTS__ */
function widening(name: Plain): EmitInstruction {
  return ({ code }, [low, high], [[x]]) => {
    code.get(x).op(name).set(low)
    code.get(x, x).shuffle(upperHalf).op(name).set(high)
  }
}

/** Applies an instruction to two vectors. Each gives half of the result. */
/* @__NO_SIDE_EFFECTS__ */
function narrowing(name: Plain): EmitInstruction {
  return ({ code }, [out], [[low, high]]) => {
    code.get(low).op(name).get(high).op(name).shuffle(lowerHalves).set(out)
  }
}

/** Conversions by source dtype and target dtype. */
const conversions: Record<DType, Partial<Record<DType, EmitInstruction>>> = {
  float32: {
    float64: widening('f64x2.promote_low_f32x4'),
    int32: ({ code }, [out], [[x]]) => code.get(x).op('i32x4.trunc_sat_f32x4_s').set(out),
    bool: ({ code }, [out], [[x]]) => code.get(x).vector(new Float32Array(4)).op('f32x4.ne').set(out),
  },
  float64: {
    float32: narrowing('f32x4.demote_f64x2_zero'),
    int32: narrowing('i32x4.trunc_sat_f64x2_s_zero'),
    bool: ({ code }, [out], [[low, high]]) => {
      const zeros = new Float64Array(2)
      code.get(low).vector(zeros).op('f64x2.ne')
      code.get(high).vector(zeros).op('f64x2.ne').shuffle(lowHalves).set(out)
    },
  },
  int32: {
    float32: ({ code }, [out], [[x]]) => code.get(x).op('f32x4.convert_i32x4_s').set(out),
    float64: widening('f64x2.convert_low_i32x4_s'),
    bool: ({ code }, [out], [[x]]) => code.get(x).vector(new Int32Array(4)).op('i32x4.ne').set(out),
  },
  bool: {
    float32: ({ code }, [out], [[x]]) => code.get(x).vector(one.float32).op('v128.and').set(out),
    float64: ({ code }, [low, high], [[x]]) => {
      const ones = Float64Array.of(1, 1)
      code.get(x).op('i64x2.extend_low_i32x4_s').vector(ones).op('v128.and').set(low)
      code.get(x).op('i64x2.extend_high_i32x4_s').vector(ones).op('v128.and').set(high)
    },
    int32: ({ code }, [out], [[x]]) => code.get(x).vector(one.int32).op('v128.and').set(out),
  },
}

/** The vector code of every instruction except constants and inputs, which `VectorProgram` provides. */
export const vectorCode = {
  add: number('add'),
  sub: number('sub'),
  mul: number('mul'),
  div: float('div'),
  remainder,
  min: minOrMax('min'),
  max: minOrMax('max'),
  neg: signed('xor', 'neg'),
  abs: signed('andnot', 'abs'),
  sqrt: float('sqrt'),
  floor: float('floor'),
  ceil: float('ceil'),
  trunc: float('trunc'),
  round: float('nearest'),
  exponent,
  significand,
  scaleByPowerOfTwo,
  less: comparison('lt', 'lt_s', (code, a, b) => code.get(b, a).op('v128.andnot')),
  lessEqual: comparison('le', 'le_s', (code, a, b) => code.get(a, b).op('v128.andnot', 'v128.not')),
  equal: comparison('eq', 'eq', (code, a, b) => code.get(a, b).op('v128.xor', 'v128.not')),
  notEqual: comparison('ne', 'ne', (code, a, b) => code.get(a, b).op('v128.xor')),
  and: bits('and'),
  or: bits('or'),
  not: bits('not'),
  bitAnd: ({ code }, [out], [[a], [b]]) => code.get(a, b).op('v128.and').set(out),
  bitOr: ({ code }, [out], [[a], [b]]) => code.get(a, b).op('v128.or').set(out),
  bitXor: ({ code }, [out], [[a], [b]]) => code.get(a, b).op('v128.xor').set(out),
  shiftLeft: shift('shl'),
  shiftRightLogical: shift('shr_u'),
  select,
  convert: (context, out, operands) => conversions[context.from][context.dtype]!(context, out, operands),
} satisfies Record<Exclude<InstructionName, 'const' | 'input'>, EmitInstruction>

const vectorizable = /* @__PURE__ */ new WeakMap<readonly Instruction[], boolean>()

/**
 * Limits of engines: 50,000 locals and 1,000 parameters of a function. An instruction needs a few locals, an input one
 * parameter.
 */
const [mostInstructions, mostInputs] = [5000, 900]

/**
 * Whether a program can be vector code: it is not too long, and every remainder of int32 has a constant divisor other
 * than zero, as a zero divisor must throw.
 */
export function isVectorizable(instructions: readonly Instruction[]): boolean {
  let known = vectorizable.get(instructions)
  if (known === undefined) {
    const inputs = instructions.filter(({ name }) => name === 'input').length
    const isShort = instructions.length <= mostInstructions && inputs <= mostInputs
    known =
      isShort &&
      instructions.every(({ name, dtype, operands }) => {
        if (name !== 'remainder' || dtype !== 'int32') return true
        const divisor = instructions[operands[1]]
        return divisor.name === 'const' && divisor.value !== 0
      })
    vectorizable.set(instructions, known)
  }
  return known
}
