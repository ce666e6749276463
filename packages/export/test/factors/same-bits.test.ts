import { applyAll, swapAxes, type Tensor } from '@cotangent/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runs } from '../../../../test/effort'
import {
  type Application,
  batches,
  coreOf,
  dtypes,
  factorizationOf,
  factorOps,
  filled,
  type FloatType,
  normals,
  oneByOne,
  programOf,
  seeds,
  sizes,
} from './subjects'

// These programs do the operations of core in the order of core, so that every bit is the same. Matrices with small
// integers are often singular, have equal pivots, or are not positive definite.

const varieties = fc.constantFrom('normal', 'integers', 'graded', 'zero')

interface Drawn {
  readonly seed: number
  readonly variety: string
  readonly batch: readonly number[]
  readonly n: number
  readonly k: number
  readonly dtype: FloatType
}

const drawn: fc.Arbitrary<Drawn> = fc.record({
  seed: seeds,
  variety: varieties,
  batch: batches,
  n: sizes,
  k: fc.integer({ min: 0, max: 4 }),
  dtype: dtypes,
})

/** Entries of a variety. Graded ones span 12 orders of magnitude. */
function entries({ seed, variety, batch, dtype }: Drawn, sizesOfOne: readonly number[], other = 0): Tensor {
  const x = normals(seed + other, [...batch, ...sizesOfOne])
  const by: Record<string, (value: number, at: number) => number> = {
    normal: (value) => value,
    integers: (value) => Math.round(value),
    graded: (value, at) => value * 10 ** (-12 * (((at * 7) % 13) / 13)),
    zero: () => 0,
  }
  return filled(
    Array.from(x.data, (value, at) => by[variety](value, at)),
    x.shape,
    dtype,
  )
}

const square = (case_: Drawn, other = 0) => entries(case_, [case_.n, case_.n], other)

/** `Z Zᵀ` plus a multiple of the identity, which can be 0. */
function gram(case_: Drawn): Tensor {
  const z = square(case_)
  const shift = case_.k * 0.5
  const product = z.matmul(swapAxes(z, -1, -2)) as Tensor
  const { n } = case_
  return filled(
    Array.from(product.data, (value, at) => value + (n > 0 && (at % (n * n)) % (n + 1) === 0 ? shift : 0)),
    product.shape,
    case_.dtype,
  )
}

/** Matrices whose norms differ within a batch, and so the numbers of squarings of their exponentials. */
function unequal(case_: Drawn): Tensor {
  const x = square(case_)
  const { n } = case_
  const factors = [3 ** case_.k, 1e-9, 1]
  return filled(
    Array.from(x.data, (value, at) => (value / (n + 1)) * factors[Math.floor(at / (n * n)) % 3]),
    x.shape,
    case_.dtype,
  )
}

const flags = fc.boolean()

const subjects: Record<string, fc.Arbitrary<Application>> = {
  cholesky: fc.tuple(drawn, flags, flags).map(([case_, check, isPlain]) => ({
    op: 'cholesky',
    inputs: [isPlain ? square(case_) : gram(case_)],
    attributes: { check },
  })),
  'triangular systems': fc
    .tuple(drawn, flags, flags, flags, flags, fc.constantFrom(0, 1e-8))
    .map(([case_, lower, transposed, unit, check, tolerance]) => ({
      op: 'triangularSolve',
      inputs: [square(case_), entries(case_, [case_.n, case_.k], 1)],
      attributes: { lower, transposed, unit, check, tolerance },
    })),
  lu: fc.tuple(drawn, flags).map(([case_, check]) => ({ op: 'lu', inputs: [square(case_)], attributes: { check } })),
  determinants: drawn.map((case_) => ({ op: 'determinant', inputs: [square(case_)] })),
  cofactors: drawn.map((case_) => ({ op: 'cofactors', inputs: [square(case_)] })),
  exponentials: drawn.map((case_) => ({ op: 'matrixExponential', inputs: [unequal(case_)] })),
  'derivatives of exponentials': drawn.map((case_) => ({
    op: 'matrixExponentialDerivative',
    inputs: [unequal(case_), square(case_, 1)],
  })),
  gaps: fc.tuple(drawn, fc.constantFrom(1, -1), flags).map(([case_, sign, squares]) => ({
    op: 'gapQuotients',
    inputs: [square(case_), entries(case_, [case_.n], 1)],
    attributes: { sign, squares },
  })),
  quotients: drawn.map((case_) => ({
    op: 'columnQuotients',
    inputs: [entries(case_, [case_.k, case_.n]), entries(case_, [case_.n], 1)],
  })),
}

/** What core computes of one matrix: NaN where it throws; of packed LU the positions stay indices. */
function expectedOf(one: Application): readonly number[] {
  try {
    return Array.from(coreOf(one).data)
  } catch {
    if (one.op !== 'lu') return Array.from({ length: sizeOfOutput(one) }, () => NaN)
    const [a] = one.inputs
    const n = a.shape[0] as number
    const packed = applyAll(factorOps.get('lu')!, [a], { check: false })[0]
    return Array.from(packed.data, (value, at) => (at >= n * n && at < n * n + n ? value : NaN))
  }
}

const sizeOfOutput = (one: Application): number =>
  factorizationOf(one).output.shape.reduce((product: number, size: number) => product * size, 1)

/** Bits as text. All NaN are one, and so are the two zeros. */
const bits = (x: ArrayLike<number>) => Array.from(x, (value) => String(value + 0))

describe('factorizations with the bits of core', () => {
  for (const [name, applications] of Object.entries(subjects))
    it(name, () => {
      let faults = 0
      fc.assert(
        fc.property(applications, (application) => {
          const result = programOf(application)(application.inputs)
          const expected = oneByOne(application).flatMap(expectedOf)
          if (expected.some(Number.isNaN)) faults++
          expect(bits(result.data)).toEqual(bits(expected))
          expect(result.dtype).toBe(application.inputs[0].dtype)
        }),
        { numRuns: runs(20) },
      )
      // Determinants, cofactors and exponentials exist for every matrix.
      expect(faults > 0).toBe(!/determinants|cofactors|exponentials/.test(name))
    })
})
