import { identityOf } from '../../../kernels/numerics'
import type { LoopKernel, Reduction } from '../../../kernels/schedule'
import type { Space } from '../../../kernels/space'
import type { Accumulation } from '../../../kernels/work'
import type { DType } from '../../../values/dtype'
import type { Emitter } from '../emitter'
import type { Code, Local } from '../format/code'
import { plainContext } from '../lanes/context'
import { vectorCode } from '../lanes/lanes'
import { constantQuad, type Quad, quadBytes } from '../lanes/quad'

/** The reductions for which there is vector code. */
export type VectorCombine = Accumulation

/** How two elements are combined. */
export interface Combination {
  readonly instruction: 'add' | 'mul' | 'max' | 'min'
  /** The instruction for booleans. */
  readonly mask?: 'or' | 'and'
}

export const combinations: Record<VectorCombine, Combination> = {
  sum: { instruction: 'add' },
  product: { instruction: 'mul' },
  maximum: { instruction: 'max', mask: 'or' },
  minimum: { instruction: 'min', mask: 'and' },
}

/** The partial result of one reduction. It is called a sum, whatever its combination is. */
export interface PartialSum {
  readonly combine: VectorCombine
  readonly dtype: DType
  /** The value of the program that is combined. */
  readonly value: number
  /** Its offset in the bytes of all partial sums. */
  readonly offset: number
}

/** The partial sums of a kernel's reductions: for each one a row of `width` elements, in quads. */
export class PartialSums {
  readonly list: readonly PartialSum[]
  /** Bytes of all rows, one after the other. */
  readonly bytes: number

  constructor({ reductions, instructions }: LoopKernel, width: number) {
    let offset = 0
    this.list = reductions.map(({ value, combine }: Reduction) => {
      const { dtype } = instructions[value]
      const sum = { combine: combine as VectorCombine, dtype, value, offset }
      offset += Math.ceil(width / 4) * quadBytes(dtype)
      return sum
    })
    this.bytes = offset
  }
}

/** A pairwise summation while its functions are emitted. */
export interface Summation {
  readonly emitter: Emitter
  readonly kernel: LoopKernel
  readonly space: Space
  /** Elements for each index along the reduced axes. */
  readonly width: number
  readonly sums: PartialSums
  /** Scratch address of the eight accumulators of a leaf block of rows. */
  readonly accumulators: number
}

/** The function that combines the elements `[from, to)` along the reduced axes into the partial sums at `target`. */
export interface RangeFunction {
  readonly code: Code
  readonly from: Local
  readonly to: Local
  readonly target: Local
  /** Pointers to element 0 of what is read and, after it, of what is stored. */
  readonly pointers: readonly Local[]
}

/** Writes `out = a combined with b`. */
export function combine(
  { helpers }: Emitter,
  code: Code,
  { combine, dtype }: PartialSum,
  out: Quad,
  a: Quad,
  b: Quad,
): void {
  const { mask, instruction } = combinations[combine]
  const name = dtype === 'bool' ? mask! : instruction
  vectorCode[name](plainContext(helpers, code, dtype), out, [a, b])
}

/** Four times the identity element. */
export function identityQuad(code: Code, { combine, dtype }: PartialSum): Quad {
  return constantQuad(code, dtype, identityOf(combine, dtype))
}
