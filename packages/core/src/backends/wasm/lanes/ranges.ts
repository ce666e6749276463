import type { Instruction } from '../../../scalar/instructions'

/** Bounds of a value, and whether it is an integer. They hold unless the value is NaN. */
export interface Range {
  readonly low: number
  readonly high: number
  readonly isInteger: boolean
}

/** The range of a value of which nothing is known. */
export const anything: Range = { low: -Infinity, high: Infinity, isInteger: false }

/** The ranges of all values of a program, by interval arithmetic. */
export function rangesOf(instructions: readonly Instruction[]): readonly Range[] {
  const ranges: Range[] = []
  for (const instruction of instructions) {
    const operands = instruction.operands.map((operand) => ranges[operand])
    const found = rangeOf(instruction, instructions, operands)
    ranges.push(found.low <= found.high ? found : anything)
  }
  return ranges
}

function rangeOf(instruction: Instruction, instructions: readonly Instruction[], operands: readonly Range[]): Range {
  const [a, b, c] = operands
  switch (instruction.name) {
    case 'const': {
      const { value } = instruction
      return { low: value, high: value, isInteger: Number.isInteger(value) }
    }
    case 'neg':
      return { low: -a.high, high: -a.low, isInteger: a.isInteger }
    case 'abs': {
      const low = Math.max(a.low, -a.high, 0)
      return { low, high: Math.max(-a.low, a.high), isInteger: a.isInteger }
    }
    case 'min':
      return { low: Math.min(a.low, b.low), high: Math.min(a.high, b.high), isInteger: a.isInteger && b.isInteger }
    case 'max':
      return { low: Math.max(a.low, b.low), high: Math.max(a.high, b.high), isInteger: a.isInteger && b.isInteger }
    case 'select':
      return { low: Math.min(b.low, c.low), high: Math.max(b.high, c.high), isInteger: b.isInteger && c.isInteger }
    case 'add':
      return rounded(a.low + b.low, a.high + b.high, a.isInteger && b.isInteger)
    case 'sub':
      return rounded(a.low - b.high, a.high - b.low, a.isInteger && b.isInteger)
    case 'mul': {
      const corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high]
      return rounded(Math.min(...corners), Math.max(...corners), a.isInteger && b.isInteger)
    }
    case 'round':
    case 'floor':
    case 'ceil':
    case 'trunc':
      return { low: Math.floor(a.low), high: Math.ceil(a.high), isInteger: true }
    case 'exponent':
      return { low: -1074, high: 1023, isInteger: true }
    case 'convert':
      return instructions[instruction.operands[0]].dtype === 'bool' ? { low: 0, high: 1, isInteger: true } : anything
    default:
      return anything
  }
}

/** Bounds of a rounded result: wider than the exact ones by at least a rounding error. */
function rounded(low: number, high: number, isInteger: boolean): Range {
  if (Number.isNaN(low) || Number.isNaN(high)) return anything
  return { low: low - Math.abs(low) * 2 ** -23, high: high + Math.abs(high) * 2 ** -23, isInteger }
}
