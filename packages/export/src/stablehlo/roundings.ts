import type { Program, ProgramStep as Step } from '@cotangent/core'
import { isFloat } from '@cotangent/core/internal'

// XLA computes with real numbers in mind: (x + 1) - 1 becomes x, and x y + z is rounded once where the machine can.
// Both are more accurate, and both break programs that compute a rounding error as a difference, such as Knuth's sum in
// two parts: `high = a + b; low = (a - (high - (high - a))) + ...`. Such programs show in their structure.

/**
 * How the result of a step is to be kept. `hidden`: the compiler must not know how it was computed. `rounded`: a
 * product that must not become part of a fused sum.
 */
export type Keeping = 'hidden' | 'rounded'

const none: ReadonlyMap<Step, Keeping> = new Map()
const known = new WeakMap<Program, ReadonlyMap<Step, Keeping>>()

/**
 * The steps of a program whose rounding matters.
 *
 * - An operand of a sum or difference, itself one, where the two operands have a term in common: algebra would cancel
 *   the term, so what remains is a rounding error.
 * - In a program with such steps, a product with several uses one of which is a sum or difference: fused, one use would
 *   see the exact product, and another the rounded one.
 */
export function roundingsOf(program: Program): ReadonlyMap<Step, Keeping> {
  let found = known.get(program)
  if (found === undefined) known.set(program, (found = find(program)))
  return found
}

const isSum = ({ name }: Step) => name === 'add' || name === 'sub'

function find({ instructions, result }: Program): ReadonlyMap<Step, Keeping> {
  const termsOf: ReadonlySet<number>[] = []
  const hidden = new Set<number>()
  instructions.forEach((step, at) => {
    if (!isSum(step) || !isFloat(step.dtype)) {
      termsOf.push(new Set([step.name === 'neg' ? step.operands[0] : at]))
      return
    }
    const [a, b] = step.operands
    if ([...termsOf[a]].some((term) => termsOf[b].has(term)))
      for (const operand of [a, b]) if (isSum(instructions[operand])) hidden.add(operand)
    termsOf.push(new Set([...termsOf[a], ...termsOf[b]]))
  })
  if (hidden.size === 0) return none
  const keeping = new Map<Step, Keeping>([...hidden].map((at) => [instructions[at], 'hidden']))
  for (const at of sharedProducts(instructions, result)) keeping.set(instructions[at], 'rounded')
  return keeping
}

/** The products with several uses of which one is a sum. */
function sharedProducts(instructions: readonly Step[], result: number): number[] {
  const uses = instructions.map((_, at) => (at === result ? 1 : 0))
  const inSum = new Set<number>()
  for (const step of instructions)
    for (const operand of step.operands) {
      uses[operand]++
      if (isSum(step)) inSum.add(operand)
    }
  const isShared = (step: Step, at: number) => step.name === 'mul' && isFloat(step.dtype) && uses[at] > 1 && inSum.has(at)
  return instructions.flatMap((step, at) => (isShared(step, at) ? [at] : []))
}
