import { bidiagonal } from './bidiagonal'
import { signOfLargest } from './eigh'
import { epsilon, isFinite, lengthOf, scaleOf, tiny } from './numbers'
import { orthogonal } from './qr'
import { copied, product, type RowMachine, rowsOf, same, transposed } from './rows'

/** `A = U diag(s) Vᵀ`, with k = min(m, n) descending singular values. U and V are transposed: `[k, m]` and `[k, n]`. */
export interface Singular {
  readonly ut: Float64Array
  readonly s: Float64Array
  readonly vt: Float64Array
}

/** From how many rows for each column on the matrix is first reduced to the R of its QR factorization. */
const tall = 1.6

/** More than enough steps of QR for one singular value. */
const mostSteps = 60

/** The rotation that maps `(a, b)` to `(length, 0)`. */
function rotation(a: number, b: number): readonly [c: number, s: number, length: number] {
  const length = lengthOf(a, b)
  return length === 0 ? [1, 0, 0] : [a / length, b / length, length]
}

/** The factors; null if an entry is not finite. */
export function singular(machine: RowMachine, a: Float64Array, m: number, n: number): Singular | null {
  if (!isFinite(a)) return null
  if (m < n) {
    const found = singular(machine, transposed(machine, a, m, n), n, m)
    return found && { ut: found.vt, s: found.s, vt: found.ut }
  }
  if (m > tall * n) {
    const { q, r } = orthogonal(machine, a, m, n)
    const found = singular(machine, r, n, n)
    return found && { ...found, ut: product(machine, found.ut, transposed(machine, q, m, n), n, n, m) }
  }
  const scale = scaleOf(a)
  const { diagonal, above, u, v } = bidiagonal(
    machine,
    copied(
      machine,
      a.map((value) => value / scale),
    ),
    m,
    n,
  )
  const [ut, vt] = [transposed(machine, u, m, n), transposed(machine, v, n, n)]
  if (!diagonalize(machine, diagonal, above, ut, m, vt, n)) return null
  for (let i = 0; i < n; i++)
    if (diagonal[i] < 0) {
      diagonal[i] = -diagonal[i]
      for (let j = 0; j < n; j++) vt[i * n + j] = -vt[i * n + j]
    }
  const order = Array.from({ length: n }, (_, i) => i).sort((i, j) => diagonal[j] - diagonal[i])
  const rows = (x: Float64Array, length: number) => {
    const sorted = machine.take(n * length)
    order.forEach((from, to) => sorted.set(x.subarray(from * length, (from + 1) * length), to * length))
    return sorted
  }
  return { ut: rows(ut, m), s: Float64Array.from(order, (i) => diagonal[i] * scale), vt: rows(vt, n) }
}

/**
 * Implicit QR of an upper bidiagonal matrix with diagonal s and entries e above it (Golub and Reinsch, Numerische
 * Mathematik 14, 1970). Rotations act on rows of the transposed vectors. Entries count as 0 relative to their
 * neighbours. Returns whether all values converged.
 */
function diagonalize(
  machine: RowMachine,
  s: Float64Array,
  e: Float64Array,
  ut: Float64Array,
  m: number,
  vt: Float64Array,
  n: number,
): boolean {
  const turn = (x: Float64Array, i: number, j: number, width: number, c: number, sine: number) => {
    machine.rotateRows(x, i * width, j * width, width, c, sine)
  }
  let steps = 0
  for (let p = n; p > 0;) {
    // The last unreduced block: e[first - 1] is negligible.
    let first = p - 1
    for (; first > 0; first--)
      if (Math.abs(e[first - 1]) <= tiny + epsilon * (Math.abs(s[first - 1]) + Math.abs(s[first]))) {
        e[first - 1] = 0
        break
      }
    if (first === p - 1) {
      p--
      steps = 0
      continue
    }
    let zero = p - 1
    for (; zero >= first; zero--) {
      const beside = (zero < p - 1 ? Math.abs(e[zero]) : 0) + (zero > first ? Math.abs(e[zero - 1]) : 0)
      if (Math.abs(s[zero]) <= tiny + epsilon * beside) break
    }
    if (zero === p - 1) chaseUp(s, e, first, p, (j, c, sine) => turn(vt, j, p - 1, n, c, sine))
    else if (zero >= first) chaseDown(s, e, zero, p, (j, c, sine) => turn(ut, j, zero, m, c, sine))
    else {
      if (steps++ === mostSteps) return false
      step(
        s,
        e,
        first,
        p,
        (j, c, sine) => turn(vt, j, j + 1, n, c, sine),
        (j, c, sine) => turn(ut, j, j + 1, m, c, sine),
      )
    }
  }
  return true
}

type Turn = (j: number, c: number, s: number) => void

/** The last singular value of a block is 0: its column becomes 0. */
function chaseUp(s: Float64Array, e: Float64Array, first: number, p: number, turn: Turn): void {
  s[p - 1] = 0
  let f = e[p - 2]
  e[p - 2] = 0
  for (let j = p - 2; j >= first; j--) {
    const [c, sine, length] = rotation(s[j], f)
    s[j] = length
    if (j > first) {
      f = -sine * e[j - 1]
      e[j - 1] *= c
    }
    turn(j, c, sine)
  }
}

/** A singular value inside of a block is 0: its row becomes 0, which splits the block. */
function chaseDown(s: Float64Array, e: Float64Array, zero: number, p: number, turn: Turn): void {
  s[zero] = 0
  let f = e[zero]
  e[zero] = 0
  for (let j = zero + 1; j < p; j++) {
    const [c, sine, length] = rotation(s[j], f)
    s[j] = length
    if (j < p - 1) {
      f = -sine * e[j]
      e[j] *= c
    }
    turn(j, c, sine)
  }
}

/** One step with the shift of the last 2 x 2 block. */
function step(s: Float64Array, e: Float64Array, first: number, p: number, turnV: Turn, turnU: Turn): void {
  const scale = Math.max(...[s[p - 1], s[p - 2], e[p - 2], s[first], e[first]].map((value) => Math.abs(value)))
  const [last, before, between] = [s[p - 1] / scale, s[p - 2] / scale, e[p - 2] / scale]
  const [top, beside] = [s[first] / scale, e[first] / scale]
  const b = ((before + last) * (before - last) + between * between) / 2
  const c2 = last * between * (last * between)
  let shift = 0
  if (b !== 0 || c2 !== 0) {
    const root = Math.sqrt(b * b + c2)
    shift = c2 / (b + (b < 0 ? -root : root))
  }
  let f = (top + last) * (top - last) + shift
  let g = top * beside
  for (let j = first; j < p - 1; j++) {
    const [c, sine, length] = rotation(f, g)
    if (j > first) e[j - 1] = length
    f = c * s[j] + sine * e[j]
    e[j] = c * e[j] - sine * s[j]
    g = sine * s[j + 1]
    s[j + 1] *= c
    turnV(j, c, sine)
    const [c1, sine1, length1] = rotation(f, g)
    s[j] = length1
    f = c1 * e[j] + sine1 * s[j + 1]
    s[j + 1] = c1 * s[j + 1] - sine1 * e[j]
    g = j + 1 < p - 1 ? sine1 * e[j + 1] : 0
    if (j + 1 < p - 1) e[j + 1] *= c1
    turnU(j, c1, sine1)
  }
  e[p - 2] = f
}

/** U, the singular values, V. The largest entry of each column of U is positive, the first of equals. */
export function svd(machine: RowMachine, a: Float64Array, m: number, n: number, out: Float64Array): void {
  const found = singular(machine, a, m, n)
  if (found === null) {
    out.fill(NaN)
    return
  }
  const { ut, s, vt } = found
  const k = s.length
  out.set(s, m * k)
  for (let j = 0; j < k; j++) {
    const sign = signOfLargest(ut, j * m, m)
    for (let i = 0; i < m; i++) out[i * k + j] = sign * ut[j * m + i]
    for (let i = 0; i < n; i++) out[m * k + k + i * k + j] = sign * vt[j * n + i]
  }
}

/** `V diag(1/s) Uᵀ` over the singular values above `tolerance` times the largest. */
export function pseudoInverse(
  machine: RowMachine,
  a: Float64Array,
  m: number,
  n: number,
  out: Float64Array,
  tolerance: number,
): void {
  const found = singular(machine, a, m, n)
  if (found === null) {
    out.fill(NaN)
    return
  }
  const { ut, s, vt } = found
  let rank = 0
  while (rank < s.length && s[rank] > tolerance * s[0]) rank++
  // V diag(1/s), one column after another.
  for (let p = 0; p < rank; p++) for (let i = 0; i < n; i++) vt[p * n + i] /= s[p]
  for (let i = 0; i < n; i++) machine.addRows(same(out, i * m), 1, rowsOf(vt, n, i), rowsOf(ut, m), m, rank)
}
