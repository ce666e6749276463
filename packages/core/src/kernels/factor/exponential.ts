import { largestOf } from './numbers'
import { solveWith, triangles } from './lu'
import { copied, product, type RowMachine } from './rows'
import type { Factorization } from './factorization'

/** The coefficients of the numerator of the Padé approximant of degree 13 (Higham 2005, table 10.3 and page 1183). */
const coefficients = [
  64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
  670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1,
] // prettier-ignore

/** The 1-norm up to which this approximant is accurate in float64. */
const theta = 5.371920351148152

/**
 * `e^A` by scaling and squaring with the Padé approximant of degree 13 (Higham, The scaling and squaring method for the
 * matrix exponential revisited, SIAM J. Matrix Anal. Appl. 26, 2005, algorithm 2.3).
 */
export function exponential(machine: RowMachine, a: Float64Array, n: number): Float64Array {
  let norm = 0
  for (let j = 0; j < n; j++) {
    let column = 0
    for (let i = 0; i < n; i++) column += Math.abs(a[i * n + j])
    norm = Math.max(norm, column)
  }
  if (!Number.isFinite(norm) || !Number.isFinite(largestOf(a))) return new Float64Array(n * n).fill(NaN)
  let squarings = 0
  let scale = 1
  for (; norm * scale > theta; squarings++) scale /= 2
  const x = copied(
    machine,
    a.map((value) => value * scale),
  )
  const x2 = product(machine, x, x, n, n, n)
  const x4 = product(machine, x2, x2, n, n, n)
  const x6 = product(machine, x4, x2, n, n, n)
  const c = coefficients
  const powers = (p6: number, p4: number, p2: number, p0: number) => {
    const sum = machine.take(n * n)
    for (let i = 0; i < n * n; i++) sum[i] = p6 * x6[i] + p4 * x4[i] + p2 * x2[i]
    for (let i = 0; i < n; i++) sum[i * n + i] += p0
    return sum
  }
  const plus = (p: Float64Array, q: Float64Array) =>
    copied(
      machine,
      p.map((value, i) => value + q[i]),
    )
  const odd = product(
    machine,
    x,
    plus(product(machine, x6, powers(c[13], c[11], c[9], 0), n, n, n), powers(c[7], c[5], c[3], c[1])),
    n,
    n,
    n,
  )
  const even = plus(product(machine, x6, powers(c[12], c[10], c[8], 0), n, n, n), powers(c[6], c[4], c[2], c[0]))
  const { lu, positions } = triangles(
    machine,
    even.map((value, i) => value - odd[i]),
    n,
  )
  let result: Float64Array = plus(even, odd)
  solveWith(machine, lu, positions, n, result, n, false)
  for (let i = 0; i < squarings; i++) result = product(machine, result, result, n, n, n)
  return result
}

/**
 * The derivative of `e^A` along E: the upper right block of `exp [[A, E], [0, A]]` (Mathias, A chain rule for matrix
 * functions and applications, SIAM J. Matrix Anal. Appl. 17, 1996, theorem 2.1). The derivative is
 * linear in E, which is scaled to a norm of at most 1, as a large one would add squarings.
 */
export function exponentialDerivative(machine: RowMachine, a: Float64Array, e: Float64Array, n: number): Float64Array {
  const size = largestOf(e) * n
  if (size === 0) return new Float64Array(n * n)
  const wide = 2 * n
  const block = new Float64Array(wide * wide)
  for (let i = 0; i < n; i++) {
    block.set(a.subarray(i * n, (i + 1) * n), i * wide)
    block.set(a.subarray(i * n, (i + 1) * n), (n + i) * wide + n)
    for (let j = 0; j < n; j++) block[i * wide + n + j] = e[i * n + j] / size
  }
  const whole = exponential(machine, block, wide)
  return Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    return whole[i * wide + n + j] * size
  })
}

/** `[n, n] -> [n, n]`. */
export const exponentialOf: Factorization = {
  name: 'exponential',
  parameters: {},
  run: ({ machine, inputs: [a], n, out }) => out.set(exponential(machine, a, n)),
}

/** A and E `[n, n] -> [n, n]`. */
export const exponentialDerivativeOf: Factorization = {
  name: 'exponentialDerivative',
  parameters: {},
  run: ({ machine, inputs: [a, e], n, out }) => out.set(exponentialDerivative(machine, a, e, n)),
}
