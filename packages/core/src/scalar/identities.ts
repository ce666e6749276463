import type { DType } from '../values/dtype'
import type { Instruction, InstructionName, Step } from './instructions'

/** An instruction that is about to be recorded. */
export interface Candidate {
  readonly name: InstructionName
  readonly dtype: DType
  readonly operands: readonly number[]
}

/** What a rewrite sees of the program so far. */
export interface RewriteContext {
  /** The step at a position. */
  at(position: number): Step
  /** The position of a constant of the instruction's dtype. */
  constant(value: number): number
}

/** What an instruction is replaced by: the value at a position, or another instruction. */
export type Rewritten = number | Instruction

/** A rewrite that keeps every bit of the value. A NaN stays a NaN; its payload may change. */
export interface Identity {
  /** The instructions that it may rewrite. */
  readonly on: readonly InstructionName[]
  readonly rewrite: (instruction: Candidate, context: RewriteContext) => Rewritten | undefined
}

/** An instruction of the same dtype. */
function made(name: 'add' | 'sub' | 'mul' | 'neg' | 'abs', { dtype }: Candidate, ...operands: number[]): Instruction {
  return { name, dtype, operands } as unknown as Instruction
}

const isConstant = (instruction: Step, value: number) =>
  instruction.name === 'const' && Object.is(instruction.value, value)

const rounds = (name: string) => name === 'floor' || name === 'ceil' || name === 'trunc' || name === 'round'

/** Whether 2^-k is a normal float32 as well, for a power of two 2^k. */
function hasExactReciprocal(value: number): boolean {
  const magnitude = Math.abs(value)
  if (!(magnitude >= 2 ** -100 && magnitude <= 2 ** 100)) return false
  let power = 2 ** -100
  while (power < magnitude) power *= 2
  return power === magnitude
}

/**
 * The identities that simplify programs. Other identities of real numbers change bits: `x + 0 = x` is wrong for -0,
 * `x - x = 0` and `0 x = 0` are wrong for NaN and infinity, and reordered sums round differently.
 */
export const identities: readonly Identity[] = [
  // 1 x = x 1 = x
  {
    on: ['mul'],
    rewrite: ({ operands: [a, b] }, { at }) => (isConstant(at(a), 1) ? b : isConstant(at(b), 1) ? a : undefined),
  },
  // x / 1 = x
  {
    on: ['div'],
    rewrite: ({ operands: [a, b] }, { at }) => (isConstant(at(b), 1) ? a : undefined),
  },
  // x / 2^k = x 2^-k. Both are x 2^-k, rounded once.
  {
    on: ['div'],
    rewrite: (instruction, { at, constant }) => {
      const [x, y] = instruction.operands
      const divisor = at(y)
      if (divisor.name !== 'const' || !hasExactReciprocal(divisor.value)) return undefined
      return made('mul', instruction, x, constant(1 / divisor.value))
    },
  },
  // -(-x) = x
  {
    on: ['neg'],
    rewrite: ({ operands: [a] }, { at }) => (at(a).name === 'neg' ? at(a).operands[0] : undefined),
  },
  // |-x| = ||x|| = |x|
  {
    on: ['abs'],
    rewrite: (instruction, { at }) => {
      const inner = at(instruction.operands[0])
      return inner.name === 'neg' || inner.name === 'abs' ? made('abs', instruction, inner.operands[0]) : undefined
    },
  },
  // x + (-y) = x - y and (-x) + y = y - x
  {
    on: ['add'],
    rewrite: (instruction, { at }) => {
      const [a, b] = instruction.operands
      const [x, y] = [at(a), at(b)]
      if (y.name === 'neg') return made('sub', instruction, a, y.operands[0])
      return x.name === 'neg' ? made('sub', instruction, b, x.operands[0]) : undefined
    },
  },
  // x - (-y) = x + y
  {
    on: ['sub'],
    rewrite: (instruction, { at }) => {
      const [a, b] = instruction.operands
      const y = at(b)
      return y.name === 'neg' ? made('add', instruction, a, y.operands[0]) : undefined
    },
  },
  // (-x) (-y) = x y
  {
    on: ['mul'],
    rewrite: (instruction, { at }) => {
      const [x, y] = [at(instruction.operands[0]), at(instruction.operands[1])]
      return x.name === 'neg' && y.name === 'neg' ? made('mul', instruction, x.operands[0], y.operands[0]) : undefined
    },
  },
  // (-1) x = x (-1) = -x
  {
    on: ['mul'],
    rewrite: (instruction, { at }) => {
      const [a, b] = instruction.operands
      if (isConstant(at(a), -1)) return made('neg', instruction, b)
      return isConstant(at(b), -1) ? made('neg', instruction, a) : undefined
    },
  },
  // min(x, x) = max(x, x) = x and x = x or x = x
  {
    on: ['min', 'max', 'and', 'or'],
    rewrite: ({ operands: [a, b] }) => (a === b ? a : undefined),
  },
  // not not x = x
  {
    on: ['not'],
    rewrite: ({ operands: [a] }, { at }) => (at(a).name === 'not' ? at(a).operands[0] : undefined),
  },
  // select(not c, x, y) = select(c, y, x)
  {
    on: ['select'],
    rewrite: (instruction, { at }) => {
      const [condition, x, y] = instruction.operands
      const inner = at(condition)
      const operands = [inner.operands[0], y, x]
      return inner.name === 'not' ? ({ ...instruction, operands } as unknown as Instruction) : undefined
    },
  },
  // select(c, x, x) = x
  {
    on: ['select'],
    rewrite: ({ operands: [, a, b] }) => (a === b ? a : undefined),
  },
  // an integer rounded to an integer is itself
  {
    on: ['floor', 'ceil', 'trunc', 'round'],
    rewrite: ({ operands: [a] }, { at }) => (rounds(at(a).name) ? a : undefined),
  },
  // float32 to float64 and back
  {
    on: ['convert'],
    rewrite: ({ dtype, operands: [a] }, { at }) => {
      if (dtype !== 'float32') return undefined
      const inner = at(a)
      if (inner.name !== 'convert' || inner.dtype !== 'float64') return undefined
      return at(inner.operands[0]).dtype === 'float32' ? inner.operands[0] : undefined
    },
  },
]

/** The rules for each instruction. */
export function rulesByName(rules: readonly Identity[]): ReadonlyMap<InstructionName, readonly Identity[]> {
  const found = new Map<InstructionName, Identity[]>()
  for (const rule of rules) for (const name of rule.on) found.set(name, [...(found.get(name) ?? []), rule])
  return found
}
