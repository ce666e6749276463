import { ValueError } from '../../errors'
import type { Instruction, UniformName } from '../../scalar/instructions'
import type { DType } from '../../values/dtype'
import { exponent, type InstructionKernel, round, scaleByPowerOfTwo, significand } from './map-bits'

type Kernels = Readonly<Partial<Record<DType, InstructionKernel>>>

const { fround, imul } = Math

const less: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i] < b[i] ? 1 : 0
}
const lessEqual: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i] <= b[i] ? 1 : 0
}
const equal: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i] === b[i] ? 1 : 0
}
const notEqual: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i] !== b[i] ? 1 : 0
}
const minimum: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.min(a[i], b[i])
}
const maximum: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.max(a[i], b[i])
}
const negate: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = -a[i]
}
const absolute: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.abs(a[i])
}
const floor: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.floor(a[i])
}
const ceil: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.ceil(a[i])
}
const truncate: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = Math.trunc(a[i])
}
const remainder: InstructionKernel = (out, a, b, _, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i] % b[i]
}

const forFloats = (kernel: InstructionKernel) => ({ float32: kernel, float64: kernel }) as const
const every = (kernel: InstructionKernel) =>
  ({ bool: kernel, int32: kernel, float32: kernel, float64: kernel }) as const

/**
 * By name, then by the dtype of the operands. Registers hold float32 values exactly, so an instruction needs its own
 * float32 loop only where it rounds; rounding the float64 result once more gives the correctly rounded float32 result
 * of add, sub, mul, div and sqrt, because 53 >= 2 * 24 + 2 (Figueroa 1995).
 */
export const kernels = {
  add: {
    float64: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] + b[i]
    },
    float32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = fround(a[i] + b[i])
    },
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = (a[i] + b[i]) | 0
    },
  },
  sub: {
    float64: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] - b[i]
    },
    float32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = fround(a[i] - b[i])
    },
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = (a[i] - b[i]) | 0
    },
  },
  mul: {
    float64: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] * b[i]
    },
    float32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = fround(a[i] * b[i])
    },
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = imul(a[i], b[i])
    },
  },
  div: {
    float64: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] / b[i]
    },
    float32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = fround(a[i] / b[i])
    },
  },
  remainder: {
    ...forFloats(remainder),
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) {
        if (b[i] === 0)
          throw new ValueError(
            'integer-division-by-zero',
            `[remainder] element ${i} divides ${a[i]} by zero in int32; convert to a float, or replace the zeros with where(...)`,
          )
        // `| 0` because JavaScript's remainder of a negative number can be -0, which int32 does not have.
        out[i] = (a[i] % b[i]) | 0
      }
    },
  },
  sqrt: {
    float64: (out, a, _b, _c, length) => {
      for (let i = 0; i < length; i++) out[i] = Math.sqrt(a[i])
    },
    float32: (out, a, _b, _c, length) => {
      for (let i = 0; i < length; i++) out[i] = fround(Math.sqrt(a[i]))
    },
  },
  min: { ...forFloats(minimum), int32: minimum },
  max: { ...forFloats(maximum), int32: maximum },
  neg: {
    ...forFloats(negate),
    int32: (out, a, _b, _c, length) => {
      for (let i = 0; i < length; i++) out[i] = -a[i] | 0
    },
  },
  abs: {
    ...forFloats(absolute),
    int32: (out, a, _b, _c, length) => {
      for (let i = 0; i < length; i++) out[i] = Math.abs(a[i]) | 0
    },
  },
  floor: forFloats(floor),
  ceil: forFloats(ceil),
  trunc: forFloats(truncate),
  round: forFloats(round),
  exponent: forFloats(exponent),
  significand: forFloats(significand),
  scaleByPowerOfTwo,
  less: every(less),
  lessEqual: every(lessEqual),
  equal: every(equal),
  notEqual: every(notEqual),
  and: {
    bool: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] * b[i]
    },
  },
  or: { bool: maximum },
  not: {
    bool: (out, a, _b, _c, length) => {
      for (let i = 0; i < length; i++) out[i] = 1 - a[i]
    },
  },
  bitAnd: {
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] & b[i]
    },
  },
  bitOr: {
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] | b[i]
    },
  },
  bitXor: {
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] ^ b[i]
    },
  },
  shiftLeft: {
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = a[i] << b[i]
    },
  },
  shiftRightLogical: {
    int32: (out, a, b, _, length) => {
      for (let i = 0; i < length; i++) out[i] = (a[i] >>> b[i]) | 0
    },
  },
} satisfies Record<UniformName, Kernels>

/** `a b + c` in one pass, with the roundings of the two instructions it stands for. */
export const multiplyAdd: Kernels = {
  float64: (out, a, b, c, length) => {
    for (let i = 0; i < length; i++) out[i] = a[i] * b[i] + c[i]
  },
  float32: (out, a, b, c, length) => {
    for (let i = 0; i < length; i++) out[i] = fround(fround(a[i] * b[i]) + c[i])
  },
}

const select: InstructionKernel = (out, condition, a, b, length) => {
  for (let i = 0; i < length; i++) out[i] = condition[i] !== 0 ? a[i] : b[i]
}
const copy: InstructionKernel = (out, a, _b, _c, length) => {
  for (let i = 0; i < length; i++) out[i] = a[i]
}
const conversions: Readonly<Record<DType, InstructionKernel>> = {
  float64: copy,
  float32: (out, a, _b, _c, length) => {
    for (let i = 0; i < length; i++) out[i] = fround(a[i])
  },
  int32: (out, a, _b, _c, length) => {
    for (let i = 0; i < length; i++) out[i] = Math.max(-2147483648, Math.min(2147483647, a[i])) | 0
  },
  bool: (out, a, _b, _c, length) => {
    for (let i = 0; i < length; i++) out[i] = a[i] !== 0 ? 1 : 0
  },
}

/** The kernel of an instruction whose first operand has dtype `operand`. */
export function kernelOf(instruction: Instruction, operand: DType): InstructionKernel {
  switch (instruction.name) {
    case 'const':
    case 'input':
      return copy
    case 'select':
      return select
    case 'convert':
      return conversions[instruction.dtype]
    default:
      return (kernels[instruction.name] as Kernels)[operand]!
  }
}
